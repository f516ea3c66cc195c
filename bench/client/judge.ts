import type { Cost } from './cost.ts'
import { type Delivered, eventCount } from './deliver.ts'

export const goals = {
  delivered: eventCount,
  'stored twice': 0,
  'requests, ratio to the best peer that delivered all': 2,
  'CPU a push with its check, ratio to OpenTelemetry without': 1.6,
  'CPU a push with drain, ratio to OpenTelemetry': 1.1,
} as const

/** Gives a sentence for each goal that Tidegate misses in a run, compared with the same run of the peers. */
export function judgeDeliveries(all: readonly Delivered[]): readonly string[] {
  return all.flatMap(own => {
    if (own.client !== 'tidegate') return []
    const { load, mode, seed, atClose } = own
    const where = mode === 'healthy' ? `${load}, healthy` : `${load}, reset ${mode}, seed ${seed}`
    const missed: string[] = []
    if (atClose.delivered !== goals.delivered)
      missed.push(`${where}: ${atClose.delivered} of ${goals.delivered} delivered`)
    if (own.atEnd.storedTwice !== goals['stored twice'])
      missed.push(`${where}: ${own.atEnd.storedTwice} stored twice`)
    const best = fewestRequests(all, own)
    const most = goals['requests, ratio to the best peer that delivered all'] * (best ?? Infinity)
    if (own.atEnd.requests > most)
      missed.push(`${where}: ${own.atEnd.requests} requests, the best peer ${best}`)
    return missed
  })
}

/** Requests of the best peer that delivered all in the same run; nothing where none did. */
export function fewestRequests(all: readonly Delivered[], own: Delivered): number | undefined {
  const counts = all
    .filter(
      ({ client, load, mode, seed, atEnd }) =>
        client !== 'tidegate' &&
        load === own.load &&
        mode === own.mode &&
        seed === own.seed &&
        atEnd.delivered === eventCount,
    )
    .map(({ atEnd }) => atEnd.requests)
  return counts.length === 0 ? undefined : Math.min(...counts)
}

/** Gives a sentence for each goal of cost that Tidegate misses, also where there is nothing to compare with. */
export function judgeCosts(costs: readonly Cost[], events: number): readonly string[] {
  const own = costs.find(({ client }) => client === 'tidegate')
  const peer = costs.find(({ client }) => client === 'opentelemetry')
  if (own === undefined || peer === undefined) return ['the cost has nothing to be compared with']
  const missed: string[] = []
  for (const { client, sent } of [own, peer])
    if (sent !== events) missed.push(`${client} sent ${sent} of ${events}: its cost says nothing`)
  const pushGoal = goals['CPU a push with its check, ratio to OpenTelemetry without']
  const drainGoal = goals['CPU a push with drain, ratio to OpenTelemetry']
  const push = own.pushUs / peer.pushUs
  const drain = own.drainUs / peer.drainUs
  if (push > pushGoal) missed.push(`CPU a push ${push.toFixed(2)} times OpenTelemetry's`)
  if (drain > drainGoal) missed.push(`CPU with drain ${drain.toFixed(2)} times OpenTelemetry's`)
  return missed
}

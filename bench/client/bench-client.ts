import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type ClientName, peerNames } from './clients.ts'
import { type Cost, costOf, medianCost } from './cost.ts'
import { type Delivered, type Delivery, deliver, type Load, type Mode } from './deliver.ts'
import { installPeers } from './install-peers.ts'
import { fewestRequests, goals, judgeCosts, judgeDeliveries } from './judge.ts'
import { sideBySide } from './side-by-side.ts'
import { costTable, deliveryTable } from './table.ts'

/**
 * `npm run bench:client`: Tidegate's client and its peers before a server that refuses, throttles and resets, and
 * what a push costs each of them.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '42,7,1234,2,8' },
    peers: { type: 'string', default: peerNames.join(',') },
    /** burst or paced; both unless given. */
    load: { type: 'string', default: 'burst,paced' },
    /** delivery or cost; both unless given. */
    part: { type: 'string', default: 'delivery,cost' },
    events: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    /** Runs of the delivery part at a time: they mostly wait. */
    side: { type: 'string', default: '10' },
  },
})
const seeds = list(values.seeds).map(Number)
const peers = values.peers === '' ? [] : chosen(peerNames, values.peers)
const loads = chosen(['burst', 'paced'] as const, values.load)
const parts = chosen(['delivery', 'cost'] as const, values.part)
const events = Number(values.events)
const rounds = Number(values.rounds)
const clients: readonly ClientName[] = ['tidegate', ...peers]

const beganMs = performance.now()
const versions = await installPeers()
const delivered = parts.includes('delivery') ? await deliverAll() : []
const costs = parts.includes('cost') ? await measureAll() : []

if (delivered.length > 0) console.log(`\n${deliveryTable(delivered)}`)
if (costs.length > 0) console.log(`\n${costTable(costs)}`)
const missed = [
  ...judgeDeliveries(delivered),
  ...(costs.length > 0 ? judgeCosts(costs, events) : []),
]
for (const one of missed) console.log(`Missed: ${one}.`)
const own = delivered.filter(({ client }) => client === 'tidegate')
console.log(
  JSON.stringify({
    command: 'bench:client',
    ok: missed.length === 0,
    goals,
    results: {
      missed,
      delivery: own.map(run => ({
        load: run.load,
        mode: run.mode,
        seed: run.seed,
        delivered: run.atClose.delivered,
        storedTwice: run.atEnd.storedTwice,
        requests: run.atEnd.requests,
        bestPeer: fewestRequests(delivered, run),
      })),
      lost: Object.fromEntries(clients.map(client => [client, lossesOf(client)])),
      cost: costs.map(({ client, pushUs, drainUs, sent }) => ({
        client,
        pushUs: round(pushUs),
        drainUs: round(drainUs),
        sent,
      })),
    },
    versions,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    seconds: round((performance.now() - beganMs) / 1_000),
  }),
)
process.exit(missed.length === 0 ? 0 : 1)

/** Runs every client under every load, mode and seed, and once each before a healthy server. */
async function deliverAll(): Promise<Delivered[]> {
  const modes: readonly Mode[] = ['before', 'after']
  const settings: (readonly [Load, Mode, number])[] = loads.flatMap(load =>
    modes.flatMap(mode => seeds.map(seed => [load, mode, seed] as const)),
  )
  if (loads.includes('burst')) settings.push(['burst', 'healthy', 0])
  const runs = settings.flatMap(([load, mode, seed]) =>
    clients.map((client): Delivery => ({ client, load, mode, seed })),
  )
  // The slowest first, so that none of them is left alone at the end.
  const slowness = ({ client }: Delivery) => ['amplitude', 'posthog', 'segment'].indexOf(client)
  const slowestFirst = runs.toSorted((a, b) => slowness(b) - slowness(a))
  const done = new Map<Delivery, Delivered>()
  await sideBySide(slowestFirst, Number(values.side), async run => {
    done.set(run, await deliver(run))
    if (done.size % 10 === 0) console.error(`${done.size} of ${runs.length} runs`)
  })
  return runs.flatMap(run => done.get(run) ?? [])
}

/** Tidegate and the peer it is held to turn by turn and alone, so that a drift of the machine meets both. */
async function measureAll(): Promise<Cost[]> {
  const isJudged = (name: ClientName) => name === 'tidegate' || name === 'opentelemetry'
  const judged = clients.filter(isJudged)
  const others = clients.filter(name => !isJudged(name))
  const turns = (names: readonly ClientName[]) => Array.from({ length: rounds }, () => names).flat()
  const costs = await sideBySide(turns(judged), 1, name => costOf(name, events))
  costs.push(...(await sideBySide(turns(others), 2, name => costOf(name, events))))
  return clients.map(name => medianCost(costs.filter(({ client }) => client === name)))
}

/** The most and the fewest events that a client lost in one run. */
function lossesOf(client: ClientName): { fewest: number; most: number } | undefined {
  const lost = delivered
    .filter(run => run.client === client)
    .map(({ atEnd }) => goals.delivered - atEnd.delivered)
  return lost.length === 0 ? undefined : { fewest: Math.min(...lost), most: Math.max(...lost) }
}

/** Those of the known names that a text lists; throws for one that it does not know, and for none. */
function chosen<Name extends string>(known: readonly Name[], text: string): readonly Name[] {
  const names = list(text)
  const stranger = names.find(name => !known.some(one => one === name))
  if (stranger !== undefined || names.length === 0)
    throw new Error(`Expected some of ${known.join(', ')} but received "${text}".`)
  return known.filter(name => names.includes(name))
}

function list(text: string): readonly string[] {
  return text.split(',').filter(Boolean)
}

function round(value: number): number {
  return Number(value.toFixed(2))
}

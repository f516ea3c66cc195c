import { messageFormat } from '../../gateway/contracts/message.ts'
import type { Actor } from './actor.ts'
import type { Aggregation } from './aggregate-views.ts'
import type { SchedulePlan } from './schedule-plan.ts'
import type { SimSender } from './sim-device.ts'
import type { ObjectContext } from './sim-object.ts'
import type { SimWorld } from './sim-world.ts'
import type { Watcher } from './watcher.ts'
import { definitionsOf, type Stage, workspace, workspaceId } from './workload.ts'

interface Wanted {
  readonly stage?: Stage
  readonly partitions?: number
  readonly evolved?: boolean
  readonly remade?: boolean
  readonly aggregation?: Aggregation
}

/** What whoever runs the gateway does: applies, deploys, and the hourly sweep. */
export function createOperator(
  { trace }: ObjectContext,
  world: SimWorld,
  watcher: Watcher,
  plan: Pick<SchedulePlan, 'partitions' | 'aggregates' | 'aggregatesLate'>,
) {
  const self: Actor = { name: 'operator', life: 0, gate: async () => {}, crash: () => {} }
  const registry = () => world.portsFor(self).peers.registry(workspaceId)

  let stage: Stage = 'first'
  let { partitions } = plan
  let shards = 1
  let viewVersion = 0
  let isEvolved = false
  let isRemade = false
  let aggregation: Aggregation = plan.aggregatesLate ? 'none' : 'first'

  let applying: Promise<unknown> = Promise.resolve()
  /** One after the other: whoever applies what he had in mind before another's apply would undo that one. */
  const apply = (next: Wanted): Promise<boolean> => {
    const done = applying.then(() => applyNow(next))
    applying = done.catch(() => undefined)
    return done
  }

  /** Applies until it is answered; gives whether it was taken. */
  const applyNow = async (next: Wanted): Promise<boolean> => {
    for (;;) {
      const wanted = {
        stage: next.stage ?? stage,
        partitions: Math.max(next.partitions ?? 0, partitions),
      }
      const evolved = next.evolved ?? isEvolved
      const remade = next.remade ?? isRemade
      const aggregated = { names: plan.aggregates, aggregation: next.aggregation ?? aggregation }
      const { stages } = definitionsOf(wanted.partitions, evolved, remade, aggregated)
      const canonical = stages[wanted.stage]
      let version = Number.POSITIVE_INFINITY
      const { outcome, reason } = await watcher.persist(async () => {
        const applied = await registry().applied({ format: messageFormat })
        // A reply may be lost, and the next one tell of a later version.
        version = Math.min(version, (applied?.version ?? 0) + 1)
        const reply = await registry().apply({
          format: messageFormat,
          workspace,
          expectedHash: applied?.hash ?? null,
          canonical,
          keyId: 'key',
        })
        return reply.outcome === 'applied'
          ? { outcome: reply.outcome, reason: '' }
          : { outcome: reply.outcome, reason: reply.reason }
      })
      trace(`operator: ${outcome} ${reason}`)
      if (outcome === 'applied') {
        // Stages that have the view come after the one that brought it.
        if (wanted.stage === 'withView' && stage !== 'withView') viewVersion = version
        stage = wanted.stage
        partitions = Math.max(wanted.partitions, partitions)
        isEvolved = evolved
        isRemade = remade
        aggregation = aggregated.aggregation
        return true
      }
      if (!/expects|came first/.test(reason)) return false
    }
  }

  return {
    applyFirst: () => apply({}),
    /** Twice the shards for the entities of every view, or four times as many at once; `n` may have none yet. */
    async multiplyShards(by: number): Promise<void> {
      shards = Math.min(8, shards * by)
      for (const joinKeys of [['entity'], ['n']]) {
        const { outcome } = await watcher.persist(() =>
          registry().scale({ format: messageFormat, joinKeys, shards, keyId: 'key' }),
        )
        trace(`operator: ${shards} shards of ${joinKeys}, ${outcome}`)
      }
    },
    /** Twice the partitions for `events`, or four times as many at once. */
    multiplyPartitions: (by: number) => apply({ partitions: partitions * by }),
    /** Another source in the place of `late`, if that is there. */
    remake: () => apply({ remade: true }),
    /** A column more for `events` and `clicks`, which makes their canonical texts others. */
    evolve: () => apply({ evolved: true }),
    /** The aggregate views, declared otherwise or no more. */
    aggregate: (next: Aggregation) => apply({ aggregation: next }),
    aggregation: () => aggregation,
    isEvolved: () => isEvolved,
    /** A view for a source that may hold records already, then a source with a view. */
    async applyLate(): Promise<void> {
      const took = await apply({ stage: 'withView' })
      await apply({ stage: took ? 'withLate' : 'withLateAlone' })
    },
    /** No later than the version that brought the view of `clicks`, 0 before. */
    viewVersion: () => viewVersion,
    sweep: () => watcher.persist(() => registry().sweep({ format: messageFormat })),
    /** Crashes, evictions, outages and deploys: what the platform does to anybody. */
    disturb(kind: number, pick: number, senders: readonly SimSender[], workers: readonly Actor[]) {
      const objects = [...world.objects.values()]
      const of = <T>(list: readonly T[]) => list[Math.floor(pick * list.length)]
      if (kind < 0.1) {
        trace('deploy')
        for (const object of objects) object.crash()
        for (const worker of workers) worker.crash()
      } else if (kind < 0.16) world.takeAway('store', 25_000 * pick)
      else if (kind < 0.24) world.takeAway(of(objects)?.name ?? '', 20_000 * ((7 * pick) % 1))
      else if (kind < 0.45) of(objects)?.crash()
      else if (kind < 0.65) of(objects)?.evict()
      else if (kind < 0.75) for (const object of objects) object.evict()
      else if (kind < 0.85) of(workers)?.crash()
      else of(senders)?.crash()
    },
  }
}

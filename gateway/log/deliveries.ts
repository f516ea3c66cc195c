import { causeOf } from '../cause-of.ts'
import type { Subscription } from '../contracts/message.ts'
import type { Ports } from '../ports.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { lastTouch } from './held-records.ts'
import type { LogState } from './log-state.ts'
import type { LogReading } from './read-log.ts'
import type { ShardFilter } from './shard-filter.ts'

export interface Deliveries {
  /** The views of an entity set as they are subscribed at this partition. */
  subscriptions(entitySetId: string): readonly Subscription[]
  /** The shards of an entity set by the definition that this partition knows. */
  shards(entitySetId: string): readonly ShardFilter[]
  /** The delivery to a shard; nothing where no view reads the entity set. */
  of(filter: ShardFilter): Delivery | undefined
  /**
   * Asks every shard for its mark before anything is stored in this life, and again for each definition: a
   * partition that is behind one was restored from a backup, and would give out offsets twice. Gives why
   * nothing may be stored.
   */
  greet(): Promise<string | undefined>
  /** Resolves to whether every shard has folded what concerns it up to an offset before `waitMs` are over. */
  reach(offset: number, waitMs: number): Promise<boolean>
}

export interface DeliveriesContext {
  readonly ports: Ports
  readonly identity: {
    readonly workspaceId: string
    readonly sourceId: string
    readonly partition: number
  }
  state(): LogState
  read(after: number, maxBytes: number, filter: ShardFilter): LogReading
  /** Asks the registry for the definition: a shard knows of more shards than this partition. */
  refresh(): Promise<void>
}

const refreshAgainMs = 200

/** The deliveries of a partition: one to each shard of each entity set that its source's views have. */
export function createDeliveries(context: DeliveriesContext): Deliveries {
  const { ports, identity, state, read, refresh } = context
  const { clock, peers } = ports
  const { workspaceId, sourceId, partition } = identity
  const deliveries = new Map<
    string,
    { readonly filter: ShardFilter; readonly delivery: Delivery }
  >()

  const viewsOf = () => state().definition?.views ?? []
  const subscriptions = (entitySetId: string): Subscription[] =>
    viewsOf()
      .filter(view => view.entitySetId === entitySetId)
      .map(({ id }) => ({ viewId: id, from: state().subscriptions.get(id) ?? -1 }))

  const shards = (entitySetId: string): ShardFilter[] => {
    const views = viewsOf().filter(view => view.entitySetId === entitySetId)
    const count = Math.max(0, ...views.map(view => view.shards))
    return Array.from({ length: count }, (_, shard) => ({ entitySetId, shard, shards: count }))
  }

  const of = (filter: ShardFilter): Delivery | undefined => {
    const { entitySetId, shard } = filter
    if (subscriptions(entitySetId).length === 0) return undefined
    const key = `${entitySetId}/${shard}`
    const known = deliveries.get(key)
    if (known?.filter.shards === filter.shards) return known.delivery
    const source = {
      sourceId,
      partition,
      shards: filter.shards,
      last: () => state().next - 1,
      lastTouch: (after: number) => lastTouch(state(), filter, after),
      subscriptions: () => subscriptions(entitySetId),
      read: (after: number, maxBytes: number) => read(after, maxBytes, filter),
    }
    const delivery = createDelivery(ports, source, () =>
      peers.shard(workspaceId, entitySetId, shard),
    )
    deliveries.set(key, { filter, delivery })
    return delivery
  }

  const all = () => {
    const entitySets = new Set(viewsOf().map(({ entitySetId }) => entitySetId))
    return [...entitySets].flatMap(shards)
  }
  let greeted = -1
  const greet = async (): Promise<string | undefined> => {
    const version = state().definition?.version ?? -1
    if (greeted >= version) return undefined
    try {
      await Promise.all(all().map(filter => of(filter)?.greet()))
      greeted = version
      return undefined
    } catch (cause) {
      // A shard that knows newer views takes nothing from a partition that speaks of older ones.
      await refresh().catch(() => undefined)
      return `a shard did not take this partition for its own: ${causeOf(cause)}`
    }
  }

  const reachAll = async (
    offset: number,
    waitMs: number,
  ): Promise<'reached' | 'late' | 'moved'> => {
    const reached = await Promise.all(
      all().map(filter => of(filter)?.reach(offset, waitMs) ?? 'reached'),
    )
    return reached.find(one => one !== 'reached') ?? 'reached'
  }

  return {
    subscriptions,
    shards,
    of,
    greet,
    async reach(offset, waitMs) {
      const untilMs = clock.now() + waitMs
      for (;;) {
        const reached = await reachAll(offset, untilMs - clock.now())
        if (reached === 'reached') return true
        if (reached === 'late') {
          // The shard may know newer views than this partition, which may be the last to be told.
          await refresh().catch(() => undefined)
          return false
        }
        // Slots went to a new shard: what was waited for may concern that one now.
        await refresh()
        if (clock.now() + refreshAgainMs >= untilMs) return false
        await clock.sleep(refreshAgainMs)
      }
    },
  }
}

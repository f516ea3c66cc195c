import type { Subscription } from '../contracts.ts'
import type { Ports } from '../ports.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import type { LogState } from './log-state.ts'
import type { LogReading } from './read-log.ts'

export interface Deliveries {
  /** The views of an entity set as they are subscribed at this partition. */
  subscriptions(entitySetId: string): readonly Subscription[]
  /** The delivery to an entity set's shard; nothing where no view reads it. */
  of(entitySetId: string): Delivery | undefined
  /** Resolves to whether every shard has folded everything up to an offset before `waitMs` are over. */
  reach(offset: number, waitMs: number): Promise<boolean>
}

/** The deliveries of a partition: one to each shard that folds its records. */
export function createDeliveries(
  ports: Ports,
  identity: {
    readonly workspaceId: string
    readonly sourceId: string
    readonly partition: number
  },
  state: () => LogState,
  read: (after: number, maxBytes: number) => LogReading,
): Deliveries {
  const { workspaceId, sourceId, partition } = identity
  const deliveries = new Map<string, Delivery>()

  const viewsOf = () => state().definition?.views ?? []
  const subscriptions = (entitySetId: string): Subscription[] =>
    viewsOf()
      .filter(view => view.entitySetId === entitySetId)
      .map(({ id }) => ({ viewId: id, from: state().subscriptions.get(id) ?? -1 }))

  const of = (entitySetId: string): Delivery | undefined => {
    if (subscriptions(entitySetId).length === 0) return undefined
    const known = deliveries.get(entitySetId)
    if (known !== undefined) return known
    const source = {
      sourceId,
      partition,
      last: () => state().next - 1,
      subscriptions: () => subscriptions(entitySetId),
      read,
    }
    const shard = () => ports.peers.shard(workspaceId, entitySetId, 0)
    const created = createDelivery(ports, source, shard)
    deliveries.set(entitySetId, created)
    return created
  }

  return {
    subscriptions,
    of,
    async reach(offset, waitMs) {
      const entitySets = new Set(viewsOf().map(({ entitySetId }) => entitySetId))
      const reached = await Promise.all(
        [...entitySets].map(id => of(id)?.reach(offset, waitMs) ?? true),
      )
      return reached.every(Boolean)
    },
  }
}

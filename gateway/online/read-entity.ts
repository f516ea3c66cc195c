import type { ReadFeaturesReply, ViewReading } from '../contracts/feature-shard-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { slotOf } from './entity-key.ts'

/** A view's state of one entity, and the offsets it is a fold of, by `source/partition`. */
export interface EntityReading {
  readonly reading: ViewReading
  readonly marks: ReadFeaturesReply['marks']
  /** The version of the view's source as the shard knows it: the state is of no newer one. */
  readonly version: number
}

/**
 * Reads a view's state of one entity at the shard that has its slot: one that gave the slot away tells how
 * many shards there are by now. Cost: one call, one more for each doubling that the definitions lag behind.
 */
export async function readEntity(
  peers: Pick<Peers, 'shard'>,
  workspaceId: string,
  { id, entitySetId, shards: known }: Pick<ResolvedView, 'id' | 'entitySetId' | 'shards'>,
  entityKey: string,
): Promise<EntityReading> {
  let shards = known
  for (;;) {
    const shard = slotOf(entityKey) & (shards - 1)
    const reply = await peers
      .shard(workspaceId, entitySetId, shard)
      .read({ format: messageFormat, viewIds: [id], keys: [entityKey], shards })
    if (reply.moved === undefined) {
      const { readings, marks, versions } = reply
      const reading = readings[0]?.[0] ?? { status: 'unknown' }
      return { reading, marks, version: versions?.[0] ?? 0 }
    }
    if (reply.moved <= shards) throw new Error('A shard gave slots away to fewer shards.')
    shards = reply.moved
  }
}

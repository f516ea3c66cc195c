import { type LogPiece, messageFormat, type Subscription } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { partitionKey } from './fold-marks.ts'
import { newestOf, type ShardDefinitions } from './shard-definitions.ts'
import type { ShardIdentity } from './take-slots.ts'

/** What a catch-up reads of its shard and does to it. */
export interface CatchUpShard {
  readonly definitions: ShardDefinitions
  shards(): number
  /** Whether a partition, `source/partition`, has said from where on a view is subscribed there. */
  isHeard(viewId: string, partition: string): boolean
  mark(partition: string): number
  hear(source: ResolvedSource, partition: number, subscriptions: readonly Subscription[]): void
  fold(
    source: ResolvedSource,
    partition: number,
    pieces: readonly LogPiece[],
    after: number,
    upTo: number,
  ): void
  /** Records in (after, first) are gone for good. */
  lose(source: ResolvedSource, partition: number, after: number, first: number): void
}

/** Fetches what a shard lacks of its partitions' logs, whatever they deliver meanwhile. */
export function createCatchUp(
  peers: Pick<Peers, 'partition'>,
  { workspaceId, entitySetId, shard }: ShardIdentity,
  { definitions, shards, isHeard, mark, hear, fold, lose }: CatchUpShard,
) {
  let ready: Promise<void> | undefined

  const catchUpWith = async ({ id, version }: ResolvedSource, partition: number) => {
    const peer = peers.partition(workspaceId, id, partition)
    const key = partitionKey(id, partition)
    for (;;) {
      const after = mark(key)
      const whom = { entitySetId, shard, shards: shards() }
      const reply = await peer.catchUp({ format: messageFormat, ...whom, after, version })
      // The partition may know of a view before the shard does.
      if (!definitions.knows(reply.subscriptions.map(({ viewId }) => viewId))) {
        await definitions.read()
      }
      if (reply.outcome === 'pieces') await definitions.readUpTo(id, newestOf(reply.pieces))
      const source = definitions.source(id)
      if (source === undefined) throw new Error(`Source ${id} has no views of this shard.`)
      hear(source, partition, reply.subscriptions)
      if (mark(key) !== after) continue
      if (reply.outcome === 'forgotten') {
        lose(source, partition, after, reply.first)
        continue
      }
      if (reply.outcome === 'corrupt') {
        lose(source, partition, after, reply.damage.end)
        continue
      }
      fold(source, partition, reply.pieces, after, reply.upTo)
      if (reply.upTo >= reply.last) return
    }
  }

  const catchUp = async () => {
    await definitions.read()
    const partitions = definitions
      .sources()
      .flatMap(source => partitionsOf(source).map(partition => ({ source, partition })))
    await Promise.all(partitions.map(at => catchUpWith(at.source, at.partition)))
  }

  return {
    /** Catches up once in each life of the shard. */
    becomeReady(): Promise<void> {
      ready ??= catchUp().catch(cause => {
        ready = undefined
        throw cause
      })
      return ready
    },
    /** A view that was applied after the last catch-up: asks the partitions that have not spoken of it. */
    async listenFor(viewIds: readonly string[]): Promise<void> {
      if (!definitions.knows(viewIds)) await definitions.read()
      const silent = definitions.sources().flatMap(source =>
        definitions
          .viewsOf(source)
          .filter(({ id }) => viewIds.includes(id))
          .flatMap(({ id }) =>
            partitionsOf(source).filter(at => !isHeard(id, partitionKey(source.id, at))),
          )
          .map(partition => ({ source, partition })),
      )
      await Promise.all(silent.map(at => catchUpWith(at.source, at.partition)))
    },
  }
}

function partitionsOf({ partitions }: ResolvedSource): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition)
}

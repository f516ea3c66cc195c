import { limits } from '../../shared/limits.ts'
import type { ReadTailReply } from '../contracts/log-partition-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { watchDamage } from './damage-watch.ts'
import { firstOffset, type LogState } from './log-state.ts'
import type { LogReading } from './read-log.ts'
import type { RecentPieces } from './recent-pieces.ts'
import { lastTouchIn, type ShardFilter } from './shard-filter.ts'

/** Reads a partition's records for others: deliveries, shards that catch up, readers of the tail. */
export function serveRecords(
  state: () => LogState,
  recent: RecentPieces,
  watched: Pick<ReturnType<typeof watchDamage>, 'read'>,
) {
  return {
    /**
     * What a delivery brings. A shard below the first offset held has missed nothing, unless what was
     * forgotten touched a slot of its own.
     */
    forShard(after: number, maxBytes: number, filter: ShardFilter): LogReading {
      const first = firstOffset(state())
      if (after < lastTouchIn(state().forgotten, filter)) {
        return { damage: { start: after + 1, end: first, reason: 'the records were forgotten' } }
      }
      const from = Math.max(after, first - 1)
      const last = state().next - 1
      return recent.read(from, maxBytes, filter) ?? watched.read(from, last, maxBytes, filter)
    },
    /** Records in (after, upTo], those of a shard or all; whoever reads all must not miss one. */
    stored(after: number, upTo: number, filter?: ShardFilter): ReadTailReply {
      const first = firstOffset(state())
      const missed = filter === undefined ? first - 1 : lastTouchIn(state().forgotten, filter)
      if (after < missed) return { format: messageFormat, outcome: 'forgotten', first }
      const from = Math.max(after, first - 1)
      const reading = watched.read(from, upTo, limits.maxDeliveryBytes, filter)
      return reading.damage === undefined
        ? { format: messageFormat, outcome: 'pieces', ...reading }
        : { format: messageFormat, outcome: 'corrupt', damage: reading.damage }
    },
  }
}

import { limits } from '../../shared/limits.ts'
import type { LogPiece } from '../contracts/message.ts'
import { clip, lastOffset } from './read-log.ts'
import { isOfShard, type RecordSlots, type ShardFilter } from './shard-filter.ts'

/** A piece just stored, with the slots that its records touch. */
export interface RecentPiece {
  readonly piece: LogPiece
  readonly slots: RecordSlots
}

export interface RecentPieces {
  add(pieces: readonly RecentPiece[]): void
  /** A shard's records above `after`, about `maxBytes` of text; nothing where they are no longer in memory. */
  read(
    after: number,
    maxBytes: number,
    filter: ShardFilter,
  ): { readonly pieces: readonly LogPiece[]; readonly upTo: number } | undefined
  clear(): void
}

/** The newest records of a partition in memory, so that a delivery need not read its row again. */
export function recentPieces(maxBytes: number = 2 * limits.maxDeliveryBytes): RecentPieces {
  let held: (RecentPiece & { readonly last: number })[] = []
  let size = 0
  return {
    add(pieces) {
      for (const { piece, slots } of pieces) {
        held.push({ piece, slots, last: lastOffset(piece) })
        size += piece.text.length
      }
      while (size > maxBytes && held.length > 1) size -= held.shift()?.piece.text.length ?? 0
    },
    read(after, wanted, filter) {
      const [oldest] = held
      if (oldest === undefined || oldest.piece.start > after + 1) return undefined
      // From the end: deliveries want the newest, and what they had is not looked at again.
      let from = held.length
      while ((held[from - 1]?.last ?? -1) > after) from--
      const pieces: LogPiece[] = []
      let upTo = after
      let taken = 0
      for (let at = from; at < held.length && taken < wanted; at++) {
        const entry = held[at]
        if (entry === undefined) continue
        const kept = pieceOfShard(entry.piece, entry.slots, filter, after)
        upTo = entry.last
        if (kept === undefined) continue
        pieces.push(kept)
        taken += kept.text.length
      }
      return { pieces, upTo }
    },
    clear() {
      held = []
      size = 0
    },
  }
}

/** The records of a whole piece above `after` that are a shard's. Cost: a split where some are left out. */
function pieceOfShard(
  piece: LogPiece,
  slots: RecordSlots,
  filter: ShardFilter,
  after: number,
): LogPiece | undefined {
  const touched = slots[filter.entitySetId]
  if (filter.shards === 1 || touched === undefined) return clip(piece, after, Infinity)?.piece
  const steps: number[] = []
  for (const [at, slot] of touched.entries()) {
    if (piece.start + at > after && isOfShard(slot, filter)) steps.push(at)
  }
  if (steps.length === 0) return undefined
  if (steps.length === touched.length) return piece
  const lines = piece.text.split('\n')
  return { ...piece, steps, text: steps.map(at => lines[at]).join('\n') }
}

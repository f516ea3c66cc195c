import { limits } from '../../shared/limits.ts'
import type { LogPiece } from '../contracts.ts'
import { clip, lastOffset } from './read-log.ts'

export interface RecentPieces {
  add(pieces: readonly LogPiece[]): void
  /** Records above `after`, about `maxBytes` of text; nothing where they are no longer in memory. */
  read(
    after: number,
    maxBytes: number,
  ): { readonly pieces: readonly LogPiece[]; readonly upTo: number } | undefined
  clear(): void
}

/** The newest records of a partition in memory, so that a delivery need not read its row again. */
export function recentPieces(maxBytes: number = 2 * limits.maxDeliveryBytes): RecentPieces {
  let held: { readonly piece: LogPiece; readonly last: number }[] = []
  let size = 0
  return {
    add(pieces) {
      for (const piece of pieces) {
        held.push({ piece, last: lastOffset(piece) })
        size += piece.text.length
      }
      while (size > maxBytes && held.length > 1) size -= held.shift()?.piece.text.length ?? 0
    },
    read(after, wanted) {
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
        const kept =
          entry && (entry.piece.start > after ? entry : clip(entry.piece, after, entry.last))
        if (kept === undefined) continue
        pieces.push(kept.piece)
        upTo = kept.last
        taken += kept.piece.text.length
      }
      return { pieces, upTo }
    },
    clear() {
      held = []
      size = 0
    },
  }
}

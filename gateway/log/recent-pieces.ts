import { limits } from '../../shared/limits.ts'
import type { LogPiece } from '../contracts.ts'
import { clip } from './read-log.ts'

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
  let held: LogPiece[] = []
  let size = 0
  return {
    add(pieces) {
      held.push(...pieces)
      for (const piece of pieces) size += piece.text.length
      while (size > maxBytes && held.length > 1) size -= held.shift()?.text.length ?? 0
    },
    read(after, wanted) {
      const [oldest] = held
      if (oldest === undefined || oldest.start > after + 1) return undefined
      const pieces: LogPiece[] = []
      let upTo = after
      let taken = 0
      for (const piece of held) {
        if (taken >= wanted) break
        const kept = clip(piece, upTo, Number.MAX_SAFE_INTEGER)
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

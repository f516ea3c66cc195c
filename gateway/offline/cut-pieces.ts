import type { LogPiece } from '../contracts/message.ts'

/** What one cut holds at most: text as JavaScript counts it, and records; one record may be longer. */
export interface CutSizes {
  readonly text: number
  readonly records: number
}

/** Pieces that end with the offset `upTo`. */
export interface CutPieces {
  readonly pieces: readonly LogPiece[]
  readonly upTo: number
}

/**
 * Cuts the records of pieces with offsets in (after, upTo] into small lots, between records. Throws where
 * the pieces, which leave no record out, do not hold each offset once. Cost: a split of each text.
 */
export function* cutPieces(
  pieces: readonly LogPiece[],
  after: number,
  upTo: number,
  sizes: CutSizes,
): Generator<CutPieces> {
  let lot: LogPiece[] = []
  let text = 0
  let records = 0
  let reached = after
  for (const piece of pieces) {
    const lines = piece.text.split('\n')
    const to = Math.min(lines.length, upTo + 1 - piece.start)
    let from = Math.max(0, after + 1 - piece.start)
    if (from >= to) continue
    if (piece.start + from !== reached + 1) {
      throw new Error(`Offset ${piece.start + from} follows ${reached} in what was read of a log.`)
    }
    const addUpTo = (end: number) => {
      if (end === from) return
      lot.push({ ...piece, start: piece.start + from, text: lines.slice(from, end).join('\n') })
      from = end
      reached = piece.start + end - 1
    }
    for (let at = from; at < to; at++) {
      const size = (lines[at]?.length ?? 0) + 1
      if (records > 0 && (text + size > sizes.text || records >= sizes.records)) {
        addUpTo(at)
        yield { pieces: lot, upTo: reached }
        lot = []
        text = 0
        records = 0
      }
      text += size
      records++
    }
    addUpTo(to)
  }
  if (lot.length > 0) yield { pieces: lot, upTo: reached }
}

import type { LogPiece } from '../contracts.ts'
import type { LogState } from './log-state.ts'
import type { LogRow, LogStatements } from './log-statements.ts'
import { acceptedCount } from './row-header.ts'

export interface LogReading {
  readonly pieces: readonly LogPiece[]
  /** The last offset that the pieces reach; `after` when there is none. */
  readonly upTo: number
}

/**
 * Reads stored records with offsets in (after, upTo], whole rows at a time, until `maxBytes` of text are
 * passed. Cost: one row read for each stored row.
 */
export function readLog(
  state: LogState,
  log: LogStatements,
  after: number,
  upTo: number,
  maxBytes: number,
): LogReading {
  const pieces: LogPiece[] = []
  let reached = after
  let size = 0
  for (const segment of [...state.closed, state.open]) {
    const end = 'end' in segment ? segment.end : state.next
    while (reached < Math.min(end - 1, upTo) && size < maxBytes) {
      const row = log.nextRow(segment.segment, reached)
      if (row === undefined) {
        throw new Error(`Segment ${segment.segment} holds no row above offset ${reached}.`)
      }
      for (const piece of piecesOf(row)) {
        const kept = clip(piece, reached, upTo)
        if (kept === undefined) continue
        pieces.push(kept.piece)
        reached = kept.last
        size += kept.piece.text.length
      }
    }
  }
  return { pieces, upTo: reached }
}

/** A row's records, one piece for each request that brought some. */
export function piecesOf(row: LogRow): LogPiece[] {
  const { ingestUs, requests } = row.header
  const bringing = requests.filter(request => request.accepted.length > 0)
  const [only] = bringing
  if (only !== undefined && bringing.length === 1) {
    return [{ ingestUs, version: only.version, start: row.start, text: row.text }]
  }
  const lines = row.text.split('\n')
  const pieces: LogPiece[] = []
  let at = 0
  for (const request of bringing) {
    const count = acceptedCount(request)
    const text = lines.slice(at, at + count).join('\n')
    pieces.push({ ingestUs, version: request.version, start: row.start + at, text })
    at += count
  }
  return pieces
}

/** The part of a piece with offsets in (after, upTo], and the last offset in it. */
export function clip(
  piece: LogPiece,
  after: number,
  upTo: number,
): { piece: LogPiece; last: number } | undefined {
  const lines = piece.text.split('\n')
  const last = piece.start + lines.length - 1
  if (last <= after || piece.start > upTo) return undefined
  if (piece.start > after && last <= upTo) return { piece, last }
  const from = Math.max(0, after + 1 - piece.start)
  const to = Math.min(lines.length, upTo + 1 - piece.start)
  return {
    piece: { ...piece, start: piece.start + from, text: lines.slice(from, to).join('\n') },
    last: piece.start + to - 1,
  }
}

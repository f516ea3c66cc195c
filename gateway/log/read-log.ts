import type { Damage, LogPiece, Range } from '../contracts/message.ts'
import type { LogState } from './log-state.ts'
import type { LogStatements } from './log-statements.ts'
import { acceptedCount } from './row-header.ts'
import { type ShardFilter, touchesShard } from './shard-filter.ts'
import { type DamagedRow, damageReason, type LogRow } from './stored-row.ts'

/** Pieces up to an offset, `after` when there is none; or the damage that stands right above `after`. */
export type LogReading =
  | { readonly pieces: readonly LogPiece[]; readonly upTo: number; readonly damage?: undefined }
  | { readonly damage: Damage }

/**
 * Reads stored records with offsets in (after, upTo], whole rows at a time, until `maxBytes` of text are
 * passed. Of rows that touch nothing of a shard's the records are left out; they are passed all the same.
 * Stops before a damaged row, which the next reading names. Cost: one row read for each stored row.
 */
export function readLog(
  state: LogState,
  log: LogStatements,
  after: number,
  upTo: number,
  maxBytes: number,
  filter?: ShardFilter,
): LogReading {
  const pieces: LogPiece[] = []
  let reached = after
  let size = 0
  for (const segment of [...state.closed, state.open]) {
    const end = 'end' in segment ? segment.end : state.next
    while (reached < Math.min(end - 1, upTo) && size < maxBytes) {
      const row = log.nextRow(segment.segment, reached)
      const damage = damageOf(row, segment.segment, [reached + 1, end])
      if (damage !== undefined) return reached > after ? { pieces, upTo: reached } : { damage }
      if (row === undefined || 'damage' in row) continue
      const concerns = filter === undefined || touchesShard(row.header.slots, filter)
      for (const piece of piecesOf(row)) {
        const kept = clip(piece, reached, upTo)
        if (kept === undefined) continue
        if (concerns) pieces.push(kept.piece)
        reached = kept.last
        size += kept.piece.text.length
      }
    }
  }
  return { pieces, upTo: reached }
}

/** What is wrong with the row that should hold the first offset of a range; damaged places are bounded. */
function damageOf(
  row: LogRow | DamagedRow | undefined,
  segment: number,
  [start, end]: Range,
): Damage | undefined {
  const damage = (to: number, reason: string): Damage => {
    const bounded = Math.min(Math.max(to, start + 1), end)
    return { start, end: bounded, reason: damageReason(segment, [start, bounded], reason) }
  }
  if (row === undefined) return damage(end, 'no row holds them')
  if (row.start > start) return damage(row.start, 'no row holds them')
  return 'damage' in row ? damage(row.start + row.records, row.damage) : undefined
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
  const last = lastOffset(piece)
  if (last <= after || piece.start > upTo) return undefined
  if (piece.start > after && last <= upTo) return { piece, last }
  const lines = piece.text.split('\n')
  const from = Math.max(0, after + 1 - piece.start)
  const to = Math.min(lines.length, upTo + 1 - piece.start)
  return {
    piece: { ...piece, start: piece.start + from, text: lines.slice(from, to).join('\n') },
    last: piece.start + to - 1,
  }
}

/** The last offset in a piece from which no record was left out; splits nothing. */
export function lastOffset({ start, text }: LogPiece): number {
  let last = start
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) last++
  return last
}

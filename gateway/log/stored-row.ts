import { parseRecords } from '../canonical-records.ts'
import type { Range } from '../contracts/message.ts'
import { isBody, type RowPlace } from './row-digest.ts'
import { acceptedCount, decodeRowHeader, type RowHeader } from './row-header.ts'

export interface LogRow extends RowPlace {
  readonly header: RowHeader
  readonly text: string
}

/** A row that is not what was stored: all that is left of it is its place, and that may be wrong too. */
export interface DamagedRow extends RowPlace {
  readonly damage: string
}

/** Opens a row as its columns hold it; the one place where the digests of rows are checked. */
export function openRow(
  row: RowPlace & { readonly header: string; readonly body: string },
): LogRow | DamagedRow {
  const { start, records, body } = row
  const opened = decodeRowHeader(row.header, row)
  if (opened === undefined) return { start, records, damage: 'the header is damaged' }
  const { header, bodyCrc } = opened
  const isWhole = bodyCrc === undefined ? isPlausible(row, header, body) : isBody(body, bodyCrc)
  if (isWhole) return { start, records, header, text: body }
  return { start, records, damage: 'the records are not those that the header was written for' }
}

/** Says for people which records cannot be read, and why. */
export function damageReason(segment: number, [start, end]: Range, reason: string): string {
  return `records [${start}, ${end}) in segment ${segment} are damaged: ${reason}`
}

/** Format 1 has no digest: its records must at least be as many as the header says, and objects. */
function isPlausible({ records }: RowPlace, header: RowHeader, body: string): boolean {
  const accepted = header.requests.reduce((sum, request) => sum + acceptedCount(request), 0)
  try {
    return accepted === records && (records === 0 || parseRecords(body).length === records)
  } catch {
    return false
  }
}

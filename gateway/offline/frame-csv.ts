import { csvHeader, csvLines } from '../../shared/csv.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { FrameStep } from './data-frame.ts'

/** Writes a data frame as CSV; the rest of one that broke off has no header, to be put right behind it. */
export async function* frameCsv(
  columns: readonly AnyField[],
  steps: AsyncIterable<FrameStep>,
  isRest: boolean,
): AsyncGenerator<string> {
  // With the first rows: what is said first of all is that something breaks the reading.
  let header = isRest ? '' : csvHeader(columns)
  const line = csvLines(columns)
  for await (const { rows } of steps) {
    if (rows.length === 0) continue
    yield header + rows.map(line).join('')
    header = ''
  }
  if (header !== '') yield header
}

import type { AnyField } from '../../shared/fields/field.ts'
import { microsOf } from '../../shared/timestamp.ts'
import type { LogPiece } from '../contracts.ts'
import type { Row } from './read-part.ts'

/** A piece whose texts are still apart. */
export interface Run extends Omit<LogPiece, 'text'> {
  readonly lines: string[]
}

/** Adds a row to the last run where one request group brought both, else begins another. */
export function addToRuns(runs: Run[], row: Row, offset: number, text: string): void {
  const ingestUs = Number(microsOf(String(row._ingest_ts)))
  const version = Number(row._version)
  const run = runs.at(-1)
  if (run?.ingestUs === ingestUs && run.version === version) run.lines.push(text)
  else runs.push({ ingestUs, version, start: offset, lines: [text] })
}

export function piecesOfRuns(runs: readonly Run[]): LogPiece[] {
  return runs.map(({ lines, ...piece }) => ({ ...piece, text: lines.join('\n') }))
}

/** A row's canonical text, as it was before it became columns; of all its fields or of some. */
export function textOfRow(row: Row, fields: readonly AnyField[]): string {
  const record: { [field: string]: unknown } = {}
  for (const { name } of fields) record[name] = row[name] ?? null
  return JSON.stringify(record)
}

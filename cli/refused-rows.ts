import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { RefusedRow } from './journal-state.ts'
import type { Input } from './read-input.ts'
import { renderExactJson } from './render-exact-json.ts'

/**
 * Writes every row that is not stored to a file, NDJSON in row order: why, and the record as it was read.
 * The whole file is written anew each time; it is a fold of journal and input.
 */
export async function writeRefusedRows(
  path: string,
  input: Input,
  refused: readonly RefusedRow[],
): Promise<void> {
  const byRow = new Map(refused.map(refusal => [refusal.row, refusal]))
  async function* lines(): AsyncIterable<string> {
    for await (const { row, value } of input.rows()) {
      const refusal = byRow.get(row)
      if (refusal !== undefined) yield `${renderExactJson({ ...refusal, record: value })}\n`
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }))
}

/** One line on a refused row, for people: rows are counted from 1 as editors count lines. */
export function describeRefusedRow({ row, status, code, reason }: RefusedRow): string {
  return `  row ${row + 1} ${status}: ${reason ?? code ?? 'no reason given'}`
}

import { createHash } from 'node:crypto'
import type { AnyField } from '../../shared/fields/field.ts'
import { microsOf } from '../../shared/timestamp.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { LogPiece } from '../contracts/message.ts'
import type { PartStore } from '../ports.ts'
import type { SchemaVersions } from '../schema-versions.ts'
import { addedColumns } from './parquet-schema.ts'
import type { Row } from './read-part.ts'
import { DamagedPart, readWholePart } from './whole-part.ts'

/** A range as it was committed, with the digest of its canonical texts. */
export interface JournalEntry {
  readonly start: number
  readonly end: number
  readonly digest: string
}

/**
 * Reads parts that lie side by side back as the pieces that they were built from, a row group at a time, whatever
 * schemas the records were admitted by and the parts were written under. Throws a DamagedPart where a file, its rows or their texts are not what was committed. Cost: a get for
 * each part, and one row group in memory.
 */
export async function* replayParts(
  store: PartStore,
  parts: readonly Part[],
  { fields, toAdmitted }: Pick<SchemaVersions, 'fields' | 'toAdmitted'>,
  journal: readonly JournalEntry[],
): AsyncGenerator<readonly LogPiece[]> {
  const texts = checkTexts(journal)
  const replay = { wrongText: texts.add, toAdmitted }
  for (const part of parts) yield* replayPart(store, part, fields, replay)
}

export interface Replay {
  /** Row groups with nothing above this offset are left out. */
  readonly after?: number
  /** Says what is wrong with a row's text; without it the file's own digest vouches for the texts. */
  readonly wrongText?: (offset: number, text: string) => string | undefined
  /** Gives each record as it was admitted; without it they are records of the fields asked for. */
  readonly toAdmitted?: SchemaVersions['toAdmitted']
}

/** Reads one part back as pieces, a row group at a time. */
export async function* replayPart(
  store: PartStore,
  part: Part,
  fields: readonly AnyField[],
  { after, wrongText, toAdmitted }: Replay,
): AsyncGenerator<readonly LogPiece[]> {
  const columns = [...fields.map(({ name }) => name), ...addedColumns]
  for await (const rows of readWholePart(
    store,
    part,
    fields,
    columns,
    after === undefined ? {} : { after },
  )) {
    const runs: Run[] = []
    for (const row of rows) {
      const offset = Number(row._offset)
      if (row._partition !== part.partition) {
        throw new DamagedPart(`The part ${part.name} is of another partition.`)
      }
      const admitted = toAdmitted?.(Number(row._version))
      const text = admitted ? JSON.stringify(admitted(row)) : textOf(row, fields)
      const wrong = wrongText?.(offset, text)
      if (wrong !== undefined) throw new DamagedPart(`The part ${part.name} ${wrong}.`)
      addTo(runs, row, offset, text)
    }
    yield runs.map(({ lines, ...piece }) => ({ ...piece, text: lines.join('\n') }))
  }
}

/** A piece whose texts are still apart. */
interface Run extends Omit<LogPiece, 'text'> {
  readonly lines: string[]
}

/** Adds a row to the last run where one request group brought both, else begins another. */
function addTo(runs: Run[], row: Row, offset: number, text: string): void {
  const ingestUs = Number(microsOf(String(row._ingest_ts)))
  const version = Number(row._version)
  const run = runs.at(-1)
  if (run?.ingestUs === ingestUs && run.version === version) run.lines.push(text)
  else runs.push({ ingestUs, version, start: offset, lines: [text] })
}

/** A row's canonical text, as it was before it became columns. */
function textOf(row: Row, fields: readonly AnyField[]): string {
  const record: { [field: string]: unknown } = {}
  for (const { name } of fields) record[name] = row[name] ?? null
  return JSON.stringify(record)
}

/** Holds the texts of each committed range, offset by offset, to the digest that was committed. */
function checkTexts(journal: readonly JournalEntry[]) {
  let at = 0
  let digest = createHash('sha256')
  return {
    add(offset: number, text: string): string | undefined {
      const entry = journal[at]
      if (entry === undefined || offset < entry.start) return `holds ${offset}, never committed`
      digest.update(offset === entry.start ? text : `\n${text}`)
      if (offset < entry.end - 1) return undefined
      const found = digest.digest('hex')
      at++
      digest = createHash('sha256')
      return found === entry.digest
        ? undefined
        : `holds other records than were committed in [${entry.start}, ${entry.end})`
    },
  }
}

import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { csvHeader, csvLines } from '../../shared/csv.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { arrowTable } from '../workspace/arrow-table.ts'
import type { ArrowTable } from '../workspace/data-frame.ts'
import { loadFlechette } from '../workspace/load-flechette.ts'
import { trainingDecoder } from './decode-training.ts'
import type { Engine } from './engine.ts'
import { exactJson } from './exact-json.ts'
import { allRows, copyToParquet } from './sql/result-table.ts'

export type TrainingRow = Record<string, unknown>

/**
 * Training data that was computed: read it as often as you like, and close it, which removes what it takes on disk.
 * Values are as a workspace's data frame gives them: Int64 is a bigint, times are ISO 8601.
 */
export interface TrainingFrame extends AsyncIterable<TrainingRow>, AsyncDisposable {
  readonly columns: readonly string[]
  /** By source the cut of its log that the data is of: given again, it gives the same. */
  readonly cuts: { readonly [source: string]: string }
  /** Sentences on what may be missing. */
  readonly warnings: readonly string[]
  readonly rowCount: number
  toArray(): Promise<TrainingRow[]>
  /** An Arrow table in memory, by the optional package @uwdata/flechette. */
  toArrow(): Promise<ArrowTable>
  /** Writes a file, which has its name only when it is whole: Parquet with timestamps in UTC. */
  toParquet(path: string): Promise<void>
  /** Writes CSV by RFC 4180: null is empty, lists are JSON. */
  toCsv(path: string): Promise<void>
  /** Writes a line of JSON for each row. */
  toNdjson(path: string): Promise<void>
  /** The same as text, some lines at a time. */
  lines(format: 'csv' | 'ndjson'): AsyncGenerator<string>
  close(): Promise<void>
}

export interface FrameFacts {
  readonly fields: readonly AnyField[]
  readonly cuts: { readonly [source: string]: string }
  readonly warnings: readonly string[]
  readonly rowCount: number
}

const linesAtOnce = 1_000

/** Makes the frame of what an engine has computed into its table of results. */
export function trainingFrame(engine: Engine, facts: FrameFacts): TrainingFrame {
  const { fields, cuts, warnings, rowCount } = facts

  async function* rows(): AsyncGenerator<TrainingRow> {
    const decode = trainingDecoder(fields)
    for await (const row of engine.rows(allRows(fields))) yield decode(row)
  }

  async function* lines(format: 'csv' | 'ndjson'): AsyncGenerator<string> {
    if (format === 'csv') yield csvHeader(fields)
    const write = format === 'csv' ? csvLines(fields) : jsonLine
    let some: string[] = []
    for await (const row of rows()) {
      some.push(write(row))
      if (some.length < linesAtOnce) continue
      yield some.join('')
      some = []
    }
    yield some.join('')
  }

  const frame: TrainingFrame = {
    columns: fields.map(({ name }) => name),
    cuts,
    warnings,
    rowCount,
    [Symbol.asyncIterator]: rows,
    async toArray() {
      const all: TrainingRow[] = []
      for await (const row of rows()) all.push(row)
      return all
    },
    async toArrow() {
      return arrowTable(await loadFlechette(), fields, rows())
    },
    toParquet: path => whole(path, draft => engine.run(copyToParquet(fields, draft))),
    toCsv: path => whole(path, draft => pipeline(lines('csv'), createWriteStream(draft))),
    toNdjson: path => whole(path, draft => pipeline(lines('ndjson'), createWriteStream(draft))),
    lines,
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  }
  return Object.freeze(frame)
}

function jsonLine(row: TrainingRow): string {
  return `${exactJson(row)}\n`
}

async function whole(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  try {
    await write(draft)
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
}

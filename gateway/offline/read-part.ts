import { gunzipSync } from 'node:zlib'
import {
  type ColumnChunk,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet'
import type { AnyField } from '../../shared/fields/field.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { EventTimes } from '../event-times.ts'
import { addedFields } from './parquet-schema.ts'
import { fromParquet } from './parquet-values.ts'

/** A row of canonical values by column name. */
export type Row = { readonly [column: string]: unknown }

const exactTexts = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Times come as the microseconds that they are. */
const parsers = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  stringFromBytes: (text: Uint8Array | undefined) => text && exactTexts.decode(text),
}

/** A row group of a part, as its footer says it. */
export interface PartGroup {
  /** The place of its first row in the part. */
  readonly start: number
  readonly rows: number
  /** Smallest and largest of a time column's values, canonical texts; nothing where the file does not say. */
  timesOf(column: string): EventTimes | undefined
}

/** A part whose footer is read. */
export interface OpenPart {
  readonly groups: readonly PartGroup[]
  /**
   * Reads the rows of a group, in offset order, with canonical values; columns as asked for, plus `_offset`. The part
   * may be of an older schema than the fields: columns that it lacks are null, narrower ones read as they are.
   */
  rowsOf(
    group: Pick<PartGroup, 'start' | 'rows'>,
    fields: readonly AnyField[],
    columns: readonly string[],
  ): Promise<Row[]>
}

/** Reads a part's footer. Cost: the file in memory; of the groups only those whose rows are asked for. */
export async function openPart(bytes: Uint8Array): Promise<OpenPart> {
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file, { parsers })
  const stored = new Set(parquetSchema(metadata).children.map(({ element }) => element.name))
  let next = 0
  return {
    groups: metadata.row_groups.map(({ num_rows, columns }) => {
      const start = next
      const rows = Number(num_rows)
      next += rows
      return { start, rows, timesOf: column => timesIn(columns, column) }
    }),
    async rowsOf({ start, rows: count }, fields, columns) {
      const wanted = [...new Set([...columns, '_offset'])]
      const converts = convertersOf(stored, fields, wanted)
      const rows = await parquetReadObjects({
        file,
        metadata,
        rowStart: start,
        rowEnd: start + count,
        columns: wanted.filter(name => stored.has(name)),
        compressors: { GZIP: bytes => gunzipSync(bytes) },
        parsers,
      })
      return rows.map(row =>
        Object.fromEntries(converts.map(([name, convert]) => [name, convert(row[name])])),
      )
    },
  }
}

/** How each column's values become canonical; a part that is older than a nullable column has none of it. */
function convertersOf(
  stored: ReadonlySet<string>,
  fields: readonly AnyField[],
  wanted: readonly string[],
) {
  const known = new Map([...fields, ...addedFields].map(field => [field.name, field]))
  return wanted.map(name => {
    const field = known.get(name)
    if (field === undefined || !(stored.has(name) || field.nullable)) {
      throw new TypeError(`No column "${name}" is in this part.`)
    }
    return [name, stored.has(name) ? fromParquet(field.dtype) : () => null] as const
  })
}

function timesIn(chunks: readonly ColumnChunk[], column: string): EventTimes | undefined {
  const found = chunks.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === column)
  const { min_value: first, max_value: last } = found?.meta_data?.statistics ?? {}
  if (typeof first !== 'bigint' || typeof last !== 'bigint') return undefined
  return [timestampOfMicros(first), timestampOfMicros(last)]
}

function fileOf(bytes: Uint8Array) {
  return {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) => bytes.slice(start, end).buffer,
  }
}

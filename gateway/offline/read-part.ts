import { gunzipSync } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { addedTypes } from '../../shared/added-columns.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { fromParquet } from './parquet-values.ts'

/** A row of canonical values by column name. */
export type Row = { readonly [column: string]: unknown }

const exactTexts = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Tells how many rows a part says that it holds, and where each row group begins. */
export async function rowsOfPart(
  bytes: Uint8Array,
): Promise<{ readonly rows: number; readonly groupStarts: readonly number[] }> {
  const { num_rows, row_groups } = await parquetMetadataAsync(fileOf(bytes))
  let next = 0
  const groupStarts = row_groups.map(group => {
    const start = next
    next += Number(group.num_rows)
    return start
  })
  return { rows: Number(num_rows), groupStarts }
}

/**
 * Reads a part's rows, in offset order, with canonical values; columns as asked for, plus `_offset`. The part may
 * be of an older schema than the fields: columns that it lacks are null, narrower ones read as they are. Gives a
 * row group at a time, so that no more than one of them is in memory; those that begin before a row are
 * left out.
 */
export async function* readPart(
  bytes: Uint8Array,
  fields: readonly AnyField[],
  columns: readonly string[],
  fromRow = 0,
): AsyncGenerator<Row[]> {
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file)
  const stored = new Set(parquetSchema(metadata).children.map(({ element }) => element.name))
  const types = new Map<string, Pick<AnyField, 'dtype' | 'nullable'>>([
    ...fields.map(field => [field.name, field] as const),
    ...Object.entries(addedTypes).map(
      ([name, dtype]) => [name, { dtype, nullable: false }] as const,
    ),
  ])
  const wanted = [...new Set([...columns, '_offset'])]
  const converts = wanted.map(name => {
    const type = types.get(name)
    // A part that is older than a nullable column has none of it, which reads as null.
    if (type === undefined || !(stored.has(name) || type.nullable)) {
      throw new TypeError(`No column "${name}" is in this part.`)
    }
    return [name, fromParquet(type.dtype)] as const
  })
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    if (rowStart < fromRow) {
      rowStart = rowEnd
      continue
    }
    const rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      columns: wanted.filter(name => stored.has(name)),
      compressors: { GZIP: bytes => gunzipSync(bytes) },
      parsers: {
        timestampFromMicroseconds: (micros: bigint) => micros,
        stringFromBytes: (text: Uint8Array | undefined) => text && exactTexts.decode(text),
      },
    })
    yield rows.map(row =>
      Object.fromEntries(converts.map(([name, convert]) => [name, convert(row[name])])),
    )
    rowStart = rowEnd
  }
}

function fileOf(bytes: Uint8Array) {
  return {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) => bytes.slice(start, end).buffer,
  }
}

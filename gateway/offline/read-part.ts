import { gunzipSync } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { addedTypes } from '../../shared/added-columns.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
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
 * Reads a part's rows, in offset order, with canonical values; columns as asked for, plus `_offset`. Gives a
 * row group at a time, so that no more than one of them is in memory; those that begin before a row are
 * left out.
 */
export async function* readPart(
  bytes: Uint8Array,
  fields: readonly AnyField[],
  columns: readonly string[],
  fromRow = 0,
): AsyncGenerator<Row[]> {
  const types = new Map<string, AnyType>([
    ...fields.map(({ name, dtype }) => [name, dtype] as const),
    ...Object.entries(addedTypes),
  ])
  const wanted = [...new Set([...columns, '_offset'])]
  const converts = wanted.map(name => {
    const type = types.get(name)
    if (type === undefined) throw new TypeError(`No column "${name}" is in this part.`)
    return [name, fromParquet(type)] as const
  })
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file)
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
      columns: wanted,
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

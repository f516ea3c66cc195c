import type { SchemaElement } from 'hyparquet'
import type { ParquetWriter } from 'hyparquet-writer'
import type { AnyField } from '../../shared/fields/field.ts'
import { columnIds } from './column-ids.ts'
import { fitsOnePage, writeFlatColumn } from './flat-column.ts'
import { toFlat } from './flat-values.ts'
import { shapeOf } from './nested-type.ts'
import { addedFields, fieldNodes, needsPlain } from './parquet-schema.ts'
import { toParquet } from './parquet-values.ts'

/** A column of a part: how a record's value gets into it. */
export interface PartColumn {
  readonly name: string
  /** Its one node of the schema; absent where the type holds others. */
  readonly flat: SchemaElement | undefined
  readonly plain: boolean
  readonly convert: (value: unknown) => unknown
}

/** The columns of rows, each as its type is written. */
export function partColumns(fields: readonly AnyField[]): PartColumn[] {
  const ids = columnIds([fields])
  return fields.map((field): PartColumn => {
    const { name, dtype } = field
    const shape = shapeOf(dtype)
    const isFlat = shape.kind === 'scalar'
    const convert = isFlat ? toFlat(shape.name) : toParquet(dtype)
    const flat = isFlat ? fieldNodes(field, ids)[0] : undefined
    return { name, flat, plain: needsPlain(dtype), convert }
  })
}

/** The added columns of a part; their values come as they are written. */
export function storedColumns(): PartColumn[] {
  return partColumns(addedFields).map(column => ({ ...column, convert: value => value }))
}

/**
 * Writes one row group, values by column: schema and columns are built from one array, since readers pair
 * them by place. Groups of scalars are written by our own encoder, others by the library's; the bytes are
 * the same.
 */
export async function writeRowGroup(
  parquet: ParquetWriter,
  columns: readonly PartColumn[],
  values: readonly (readonly unknown[])[],
): Promise<void> {
  const flat = columns.flatMap(({ flat: element, plain }, at) => {
    const column = element && { element, plain, values: values[at] ?? [] }
    return column !== undefined && fitsOnePage(column) ? [column] : []
  })
  const compress = parquet.compressors.GZIP
  if (flat.length < columns.length || compress === undefined) {
    await writeByLibrary(parquet, columns, values)
    return
  }
  const writer = parquet.writer
  const start = writer.offset
  const chunks = flat.map(column => writeFlatColumn(writer, column, compress))
  const rows = BigInt(values[0]?.length ?? 0)
  let size = 0n
  for (const { meta_data } of chunks) size += meta_data?.total_uncompressed_size ?? 0n
  parquet.num_rows += rows
  parquet.row_groups.push({
    columns: chunks,
    total_byte_size: size,
    num_rows: rows,
    total_compressed_size: BigInt(writer.offset - start),
  })
}

/** The library's writer takes every INT64 as bigint. */
async function writeByLibrary(
  parquet: ParquetWriter,
  columns: readonly PartColumn[],
  values: readonly (readonly unknown[])[],
): Promise<void> {
  await parquet.write({
    columnData: columns.map(({ name, flat, plain }, at) => {
      const own = values[at] ?? []
      return {
        name,
        data: flat?.type === 'INT64' ? own.map(bigintOf) : [...own],
        ...(plain ? { encoding: 'PLAIN' as const } : {}),
      }
    }),
    rowGroupSize: values[0]?.length ?? 0,
  })
}

function bigintOf(value: unknown): unknown {
  return typeof value === 'number' ? BigInt(value) : value
}

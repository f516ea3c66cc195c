import { gzipSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { AnyField } from '../../shared/fields/field.ts'
import type { FrameStep } from './data-frame.ts'
import { fieldNodes } from './parquet-schema.ts'
import type { Row } from './read-part.ts'
import { type PartColumn, partColumns, writeRowGroup } from './row-group.ts'

/** When a row group is written: few for readers, and one at a time in memory. */
const groupRows = 10_000
const groupText = 8_388_608

/**
 * Writes a data frame as one Parquet file, a row group at a time and the footer last: a file that broke off has no
 * footer and cannot be opened. Cost: some µs a row; a row group in memory, and the footer, which grows by some
 * hundred bytes a column and row group.
 */
export async function* frameParquet(
  columns: readonly AnyField[],
  ids: ReadonlyMap<string, number>,
  steps: AsyncIterable<FrameStep>,
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.flatMap(column => fieldNodes(column, ids)),
    ],
    codec: 'GZIP',
    compressors: { GZIP: bytes => gzipSync(bytes, { level: 1 }) },
    createdBy: 'tidegate',
  })
  const written = partColumns(columns)
  /** What the writer holds; what follows is placed behind it all the same. */
  const take = () => {
    const bytes = writer.getBytes().slice()
    writer.index = 0
    return bytes
  }
  let group: Row[] = []
  let text = 0
  for await (const { rows } of steps) {
    for (const row of rows) {
      group.push(row)
      text += textOf(row)
      if (group.length < groupRows && text < groupText) continue
      await writeRowGroup(parquet, written, valuesOf(written, group))
      yield take()
      group = []
      text = 0
    }
  }
  if (group.length > 0) await writeRowGroup(parquet, written, valuesOf(written, group))
  await parquet.finish()
  yield take()
}

function valuesOf(columns: readonly PartColumn[], rows: readonly Row[]): unknown[][] {
  return columns.map(({ name, convert }) => rows.map(row => convert(row[name])))
}

/** About as many characters as a row's texts have, those in nested values among them. */
function textOf(row: Row): number {
  let text = 0
  for (const value of Object.values(row)) {
    if (typeof value === 'string') text += value.length
    else if (typeof value === 'object' && value !== null) text += JSON.stringify(value).length
  }
  return text
}

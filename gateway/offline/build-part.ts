import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { AddedColumn } from '../../shared/added-columns.ts'
import { parseRecords, type StoredRecord } from '../canonical-records.ts'
import type { LogPiece } from '../contracts/message.ts'
import { type EventTimes, widen } from '../event-times.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { schemaVersions } from '../schema-versions.ts'
import { type RowMaking, rowOf } from '../stored-rows.ts'
import { valueIn } from '../value-in.ts'
import { columnIds } from './column-ids.ts'
import { addedColumns, parquetSchema } from './parquet-schema.ts'
import { type PartColumn, partColumns, storedColumns, writeRowGroup } from './row-group.ts'

export interface BuiltPart {
  readonly bytes: Uint8Array
  readonly rows: number
  /** SHA-256 of the canonical texts joined by line feeds: the same rows, the same digest, for ever. */
  readonly digest: string
  readonly eventTimes: EventTimes | undefined
}

/** When a row group is full: by its rows, or by the text that they are made of. */
export interface GroupSizes {
  readonly rows: number
  readonly text: number
}

/** Small enough to be built without an append waiting for it; no segment's text fills one by itself. */
const rollGroups: GroupSizes = { rows: 5_000, text: Number.POSITIVE_INFINITY }

/**
 * Builds the Parquet file of a range of records, a slice at a time; records of older schemas become rows of the
 * source's, and the digest is of the texts as they were admitted, the same under every later schema. The file is
 * a function of the rows and the schema: the same give the same bytes. Cost: some µs a row, and the file in memory.
 */
export async function buildPart(
  source: ResolvedSource,
  partition: number,
  slices: AsyncIterable<readonly LogPiece[]>,
  groups: GroupSizes = rollGroups,
): Promise<BuiltPart> {
  const versions = schemaVersions(source)
  const { fields, all } = versions
  const own = partColumns(fields)
  const columns = [...own, ...storedColumns()]
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: parquetSchema(fields, columnIds(all)),
    codec: 'GZIP',
    compressors: { GZIP: bytes => gzipSync(bytes, { level: 1 }) },
    createdBy: 'tidegate',
  })
  const digest = createHash('sha256')
  let group = emptyGroup(fields.length)
  let rows = 0
  let text = 0
  let eventTimes: BuiltPart['eventTimes']

  const writeGroup = async () => {
    await writeRowGroup(parquet, columns, [
      ...group.columns,
      ...addedColumns.map(name => group.added[name]),
    ])
    group = emptyGroup(fields.length)
    text = 0
  }

  for await (const pieces of slices) {
    for (const piece of pieces) {
      digest.update(rows === 0 ? piece.text : `\n${piece.text}`)
      const records = parseRecords(piece.text)
      const textEach = piece.text.length / records.length
      for (let at = 0; at < records.length; ) {
        const { _partition, _offset, _ingest_ts, _version } = group.added
        const room = Math.min(groups.rows - _offset.length, (groups.text - text) / textEach)
        const some = records.slice(at, at + Math.max(1, Math.ceil(room)))
        addColumns(group, own, some)
        for (let end = at + some.length; at < end; at++) {
          _partition.push(partition)
          _offset.push(piece.start + (piece.steps?.[at] ?? at))
          _ingest_ts.push(piece.ingestUs)
          _version.push(piece.version)
        }
        rows += some.length
        text += some.length * textEach
        if (_offset.length >= groups.rows || text >= groups.text) await writeGroup()
      }
      eventTimes = widen(eventTimes, eventTimesIn(records, versions, source.eventTimeField))
    }
  }
  if (group.added._offset.length > 0) await writeGroup()
  await parquet.finish()
  return { bytes: writer.getBytes(), rows, digest: digest.digest('hex'), eventTimes }
}

/** Column by column: each converts values of one kind. What a record of an older schema lacks is null. */
function addColumns(
  group: RowGroup,
  columns: readonly PartColumn[],
  records: readonly StoredRecord[],
): void {
  for (const [place, values] of group.columns.entries()) {
    const column = columns[place]
    if (column === undefined) throw new Error('A column has no name.')
    const { name, convert } = column
    for (const record of records) values.push(convert(valueIn(record, name)))
  }
}

function eventTimesIn(
  records: readonly StoredRecord[],
  { translator }: RowMaking,
  field: string | undefined,
): EventTimes | undefined {
  let times: EventTimes | undefined
  for (const record of records) {
    // What an older schema's record lacks is null to a translator anyway.
    const row = rowOf(record, translator)
    const time = field === undefined ? undefined : row?.[field]
    if (typeof time !== 'string') continue
    if (times === undefined || time < times[0] || time > times[1])
      times = widen(times, [time, time])
  }
  return times
}

interface RowGroup {
  readonly columns: readonly unknown[][]
  readonly added: { readonly [name in AddedColumn]: number[] }
}

function emptyGroup(columns: number): RowGroup {
  return {
    columns: Array.from({ length: columns }, () => []),
    added: { _partition: [], _offset: [], _ingest_ts: [], _version: [] },
  }
}

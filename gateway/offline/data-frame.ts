import type { Cut, Place } from '../../shared/cut.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { parseRecords } from '../canonical-records.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { LogPiece } from '../contracts/message.ts'
import type { EventTimes } from '../event-times.ts'
import type { Clock, PartStore, Peers } from '../ports.ts'
import { StaleDefinitions } from '../stale-definitions.ts'
import { type RowMaking, rowOf } from '../stored-rows.ts'
import { takeCut } from './cut.ts'
import { addedColumns } from './parquet-schema.ts'
import type { Row } from './read-part.ts'
import { walkLog } from './walk-log.ts'
import { readWholePart, type WantedGroups } from './whole-part.ts'

export interface DataFrameQuery {
  readonly workspaceId: string
  readonly sourceId: string
  /** Partitions of the source by its definition; the catalogue may list more. */
  readonly partitions?: number
  readonly fields: readonly AnyField[]
  /** The version of the definition that the fields are of; no row of a newer one is read by them. */
  readonly definitionVersion?: number
  /** Makes rows of records; absent: they are records, and all of this schema. */
  readonly making?: Partial<RowMaking>
  readonly columns: readonly string[]
  /** Canonical times of `[startTime, endTime)` on the event time. */
  readonly eventTimeField?: string
  readonly startTime?: string
  readonly endTime?: string
  /** A cut taken before, to read the same rows again; absent: everything up to now. */
  readonly cut?: Cut
  /** Leaves out the rows up to this one. */
  readonly after?: Place
  /** Leaves out the rows at or under these offsets of their partitions, which the reader has. */
  readonly above?: Cut
  /** Told of each row group of a part that is decoded. */
  readonly touched?: WantedGroups['touched']
}

/** Rows that were there when a reading began, and are older than the retention by now. */
export class ExpiredRows extends Error {}

/** Rows of 64 KiB may be made of records of some bytes each, so this many are in memory. */
const translatedAtOnce = 250

/** Rows that fit, in order, and the place of the last one that was read for them. */
export interface FrameStep {
  readonly rows: readonly Row[]
  readonly reached: Place
}

export interface FramePorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly parts: PartStore
}

/**
 * Reads a source's log at one consistent cut, fresh to the last acknowledgement: a vector of one offset a partition
 * is taken first; then come each partition's parts and the rest of its tail, ordered by (partition, offset). The
 * same cut gives the same rows in the same order, so that a reading that broke off goes on after the last row it
 * gave. Throws in the middle when something cannot be read: such a stream is never ended as if it were complete.
 * Rows of older schemas are given as the present one's. Parts, and row groups of them, whose event times lie
 * outside the range are left out. Cost: a get for each part; a part's file, a row group of it and at most 1 MiB of
 * tail in memory, and 250 of the rows that a post-processor makes of them.
 */
export async function* readDataFrame(
  ports: FramePorts,
  query: DataFrameQuery,
): AsyncGenerator<FrameStep> {
  const { after } = query
  for (const { partition, upTo } of query.cut ?? (await takeCut(ports, query))) {
    if (after !== undefined && partition < after.partition) continue
    const had = query.above?.find(at => at.partition === partition)?.upTo ?? -1
    const from = Math.max(had, after?.partition === partition ? after.offset : -1)
    yield* readPartition(ports, query, partition, from, upTo)
  }
}

async function* readPartition(
  { peers, parts }: { readonly peers: Peers; readonly parts: PartStore },
  query: DataFrameQuery,
  partition: number,
  from: number,
  upTo: number,
): AsyncGenerator<FrameStep> {
  const { workspaceId, sourceId } = query
  let isFirst = from < 0
  for await (const stretch of walkLog(peers, { workspaceId, sourceId, partition }, from, upTo)) {
    const { after, upTo } = stretch
    if (stretch.kind === 'expired' && !isFirst) {
      // Nobody misses what expired before the first row; from then on it would be a gap.
      throw new ExpiredRows(`Offsets above ${after} of partition ${partition} expired meanwhile.`)
    }
    isFirst = false
    if (stretch.kind === 'part' && mayMatch(timesOf(stretch.part), query)) {
      for await (const rows of partRows(parts, stretch.part, query, after)) {
        const within = rows.filter(row => isWithin(row, after, upTo))
        const offset = Math.min(Number(rows.at(-1)?._offset ?? after), upTo)
        yield* stepsOf(within, query, { partition, offset })
      }
    }
    if (stretch.kind === 'tail') {
      const records = stretch.pieces.flatMap(piece => recordsOf(piece, partition, query))
      yield* stepsOf(records, query, { partition, offset: upTo })
    }
  }
}

/** Makes rows of records and keeps those that fit, few at a time where a post-processor makes them. */
function* stepsOf(
  records: readonly Row[],
  query: DataFrameQuery,
  reached: Place,
): Generator<FrameStep> {
  const most = query.making?.translator === undefined ? records.length : translatedAtOnce
  for (let at = 0; ; at += most) {
    const some = records.slice(at, at + most)
    const rows = translated(some, query).filter(row => matches(row, query))
    if (at + most >= records.length) return yield { rows, reached }
    const offset = Number(some.at(-1)?._offset)
    yield { rows, reached: { partition: reached.partition, offset } }
  }
}

function partRows(
  parts: PartStore,
  part: Part,
  query: DataFrameQuery,
  after: number,
): AsyncGenerator<Row[]> {
  const { eventTimeField, columns, fields, making, touched } = query
  requireKnown(part.version, query)
  const wanted = { after, ...(touched === undefined ? {} : { touched }) }
  if (making?.translator !== undefined) {
    // Times are made of the inputs, so the file's own bounds say nothing of them.
    const added = columns.filter(name => addedColumns.some(column => column === name))
    const needed = [...making.translator.inputs, ...added]
    return readWholePart(parts, part, fields, needed, wanted)
  }
  const isBounded = (query.startTime ?? query.endTime) !== undefined
  if (eventTimeField === undefined || !isBounded) {
    return readWholePart(parts, part, fields, columns, wanted)
  }
  return readWholePart(parts, part, fields, [...columns, eventTimeField], {
    ...wanted,
    mayMatch: group => mayMatch(group.timesOf(eventTimeField), query),
  })
}

/** Makes rows of a part's records; the added columns stay. */
function translated(records: readonly Row[], { making }: DataFrameQuery): readonly Row[] {
  const translator = making?.translator
  if (translator === undefined) return records
  return records.flatMap(record => {
    const row = rowOf(record, translator)
    if (row === undefined) return []
    const { _partition, _offset, _ingest_ts, _version } = record
    return [{ ...row, _partition, _offset, _ingest_ts, _version }]
  })
}

function recordsOf(
  { text, start, steps, ingestUs, version }: LogPiece,
  partition: number,
  query: DataFrameQuery,
): Row[] {
  requireKnown(version, query)
  const ingestTime = timestampOfMicros(BigInt(ingestUs))
  return parseRecords(text, query.making?.toPresent?.(version)).map((record, at) => {
    const _offset = start + (steps?.[at] ?? at)
    return { ...record, _partition: partition, _offset, _ingest_ts: ingestTime, _version: version }
  })
}

/** A reader that lags behind would take what it does not know for something else. */
function requireKnown(
  version: number,
  { sourceId, definitionVersion: known = Infinity }: DataFrameQuery,
) {
  if (version > known) throw new StaleDefinitions(`Source ${sourceId}`, version, known)
}

function isWithin(row: Row, after: number, upTo: number): boolean {
  const offset = Number(row._offset)
  return offset > after && offset <= upTo
}

function matches(row: Row, { eventTimeField, startTime, endTime }: DataFrameQuery): boolean {
  if (startTime === undefined && endTime === undefined) return true
  const time = eventTimeField === undefined ? undefined : row[eventTimeField]
  if (typeof time !== 'string') return false
  return (startTime === undefined || time >= startTime) && (endTime === undefined || time < endTime)
}

/** Whether any time of a range may be asked for; what has no times may hold all. */
function mayMatch(times: EventTimes | undefined, { startTime, endTime }: DataFrameQuery): boolean {
  if (times === undefined) return true
  const [first, last] = times
  return (
    (startTime === undefined || last >= startTime) && (endTime === undefined || first < endTime)
  )
}

function timesOf({ firstEventTime, lastEventTime }: Part): EventTimes | undefined {
  if (firstEventTime === undefined || lastEventTime === undefined) return undefined
  return [firstEventTime, lastEventTime]
}

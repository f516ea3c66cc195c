import type { AnyField } from '../../shared/fields/field.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { parseRecords } from '../canonical-records.ts'
import { type LogPiece, messageFormat, type Part } from '../contracts.ts'
import type { PartStore, Peers } from '../ports.ts'
import { type Cut, type Place, takeCut } from './cut.ts'
import type { Row } from './read-part.ts'
import { rowRenderer } from './render-row.ts'
import { readWholePart } from './whole-part.ts'

export interface DataFrameQuery {
  readonly workspaceId: string
  readonly sourceId: string
  /** Partitions of the source by its definition; the catalogue may list more. */
  readonly partitions?: number
  readonly fields: readonly AnyField[]
  readonly columns: readonly string[]
  /** Canonical times of `[startTime, endTime)` on the event time. */
  readonly eventTimeField?: string
  readonly startTime?: string
  readonly endTime?: string
  /** A cut taken before, to read the same rows again; absent: everything up to now. */
  readonly cut?: Cut
  /** Leaves out the rows up to this one. */
  readonly after?: Place
}

/**
 * Reads a source's log as NDJSON at one consistent cut, fresh to the last acknowledgement: a vector of one
 * offset a partition is taken first; then come each partition's parts and the rest of its tail, ordered by
 * (partition, offset). The same cut gives the same rows in the same order, so that a reading that broke off
 * goes on after the last row it gave. Throws in the middle when something cannot be read: such a stream is never ended
 * as if it were complete. Cost: a get for each part; a part's file, a
 * row group of it and at most 1 MiB of tail in memory.
 */
export async function* readDataFrame(
  ports: { readonly peers: Peers; readonly parts: PartStore },
  query: DataFrameQuery,
): AsyncGenerator<string> {
  for (const { partition, upTo } of query.cut ?? (await takeCut(ports.peers, query))) {
    const { after } = query
    if (after !== undefined && partition < after.partition) continue
    const from = after?.partition === partition ? after.offset : -1
    yield* readPartition(ports, query, partition, from, upTo)
  }
}

async function* readPartition(
  { peers, parts }: { readonly peers: Peers; readonly parts: PartStore },
  query: DataFrameQuery,
  partition: number,
  from: number,
  upTo: number,
): AsyncGenerator<string> {
  const { workspaceId, sourceId, fields, columns } = query
  const render = rowRenderer(fields, columns)
  let after = from
  let isFirst = from < 0
  let isStuck = false
  while (after < upTo) {
    const before = after
    // What left the tail meanwhile is in the newer catalogue, so it is asked again on every round.
    const list = await peers
      .catalogue(workspaceId, sourceId)
      .list({ format: messageFormat, partition, from: { partition, above: after + 1 } })
    const { mark = -1, expired } = list.partitions.find(at => at.partition === partition) ?? {}
    if (expired !== undefined && expired.end > after + 1) {
      // Nobody misses what expired before the first row; from then on it would be a gap.
      if (!isFirst) {
        throw new Error(`Offsets above ${after} of partition ${partition} expired meanwhile.`)
      }
      after = Math.min(expired.end - 1, upTo)
    }
    isFirst = false
    for (const part of list.parts) {
      // A part that came of a compaction may begin with rows that its predecessors have given already.
      if (part.partition !== partition || part.end - 1 <= after || part.start > upTo) continue
      if (part.start > after + 1) break
      if (mayMatch(part, query)) {
        for await (const rows of partRows(parts, part, query)) {
          const kept = rows.filter(row => isWithin(row, after, upTo) && matches(row, query))
          if (kept.length > 0) yield kept.map(render).join('')
        }
      }
      after = Math.min(part.end - 1, upTo)
    }
    if (list.next !== undefined && after > before) continue
    if (after < mark && after < upTo) {
      throw new Error(`Offsets above ${after} of partition ${partition} are in no part.`)
    }
    after = yield* readTail(peers, query, partition, after, upTo, render)
    // Rows may leave the tail after the catalogue was asked: then the next list has them.
    if (after > before) isStuck = false
    else if (!isStuck) isStuck = true
    else {
      throw new Error(
        `Offsets above ${after} of partition ${partition} are neither in parts nor tail.`,
      )
    }
  }
}

/** Yields the tail's rows; ends early, with the offset reached, when rows have left for a part. */
async function* readTail(
  peers: Peers,
  query: DataFrameQuery,
  partition: number,
  from: number,
  upTo: number,
  render: (row: Row) => string,
): AsyncGenerator<string, number> {
  const peer = peers.partition(query.workspaceId, query.sourceId, partition)
  let after = from
  while (after < upTo) {
    const reply = await peer.readTail({ format: messageFormat, after, upTo })
    if (reply.outcome === 'forgotten') return after
    if (reply.outcome === 'corrupt') {
      throw new Error(`Partition ${partition} cannot be read on: ${reply.damage.reason}.`)
    }
    if (reply.upTo <= after) {
      throw new Error(`The tail of partition ${partition} holds nothing above offset ${after}.`)
    }
    const lines = reply.pieces
      .flatMap(piece => rowsOf(piece, partition))
      .filter(row => matches(row, query))
      .map(render)
    if (lines.length > 0) yield lines.join('')
    after = reply.upTo
  }
  return after
}

function partRows(parts: PartStore, part: Part, query: DataFrameQuery): AsyncGenerator<Row[]> {
  const { eventTimeField, columns } = query
  const needed = eventTimeField === undefined ? columns : [...columns, eventTimeField]
  return readWholePart(parts, part, query.fields, needed)
}

function rowsOf({ text, start, steps, ingestUs, version }: LogPiece, partition: number): Row[] {
  const ingestTime = timestampOfMicros(BigInt(ingestUs))
  return parseRecords(text).map((record, at) => ({
    ...record,
    _partition: partition,
    _offset: start + (steps?.[at] ?? at),
    _ingest_ts: ingestTime,
    _version: version,
  }))
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

function mayMatch(part: Part, { startTime, endTime }: DataFrameQuery): boolean {
  const { firstEventTime, lastEventTime } = part
  if (firstEventTime === undefined || lastEventTime === undefined) return true
  return (
    (startTime === undefined || lastEventTime >= startTime) &&
    (endTime === undefined || firstEventTime < endTime)
  )
}

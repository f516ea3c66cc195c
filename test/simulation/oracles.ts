import type { Receipt } from '../../client/receipt.ts'
import { compareOrder } from '../../shared/aggregates/latest.ts'
import { microsOf } from '../../shared/timestamp.ts'
import type { SimRecord } from './sim-device.ts'
import { isRefused } from './workload.ts'

/** A row of the data frame as the oracles read it. */
export interface FrameRow {
  readonly id: string
  readonly entity: string
  readonly at: string
  readonly n: number
  readonly _partition: number
  readonly _offset: number
  readonly _ingest_ts: string
}

/** What is wrong with a data frame, as sentences: doubles, ghosts, changed records, gaps in offsets. */
export function checkFrame(
  rows: readonly FrameRow[],
  pushed: ReadonlyMap<string, SimRecord>,
): string[] {
  const wrong: string[] = []
  const seen = new Set<string>()
  const next = new Map<number, number>()
  for (const row of rows) {
    if (seen.has(row.id)) wrong.push(`I2 record ${row.id} is stored twice`)
    seen.add(row.id)
    const record = pushed.get(row.id)
    if (record === undefined) wrong.push(`I3 record ${row.id} was never pushed`)
    else if (row.entity !== record.entity || row.n !== record.n) {
      wrong.push(`I3 record ${row.id} was changed`)
    } else if (isRefused(record)) wrong.push(`I3 record ${row.id} was refused and is stored`)
    const expected = next.get(row._partition) ?? 0
    if (row._offset !== expected) {
      wrong.push(`I6 partition ${row._partition} has offset ${row._offset} after ${expected - 1}`)
    }
    next.set(row._partition, row._offset + 1)
  }
  return wrong
}

/** What is wrong between receipts and the log: acknowledged records that are missing, refused ones kept. */
export function checkReceipts(
  rows: readonly FrameRow[],
  settled: ReadonlyMap<string, Receipt>,
  pushed: ReadonlyMap<string, SimRecord>,
): string[] {
  const wrong: string[] = []
  const stored = new Set(rows.map(({ id }) => id))
  for (const [id, { status, code }] of settled) {
    const acknowledged = status === 'accepted' || status === 'duplicate'
    if (acknowledged && !stored.has(id)) wrong.push(`I1 record ${id} was ${status} and is missing`)
    if (status === 'rejected' && stored.has(id))
      wrong.push(`I7 record ${id} was rejected and is stored`)
    const record = pushed.get(id)
    if (record !== undefined && isRefused(record) && acknowledged && code !== 'settled') {
      wrong.push(`I7 record ${id} is wrong and was ${status}`)
    }
    if (status === 'dropped') wrong.push(`I8 record ${id} was dropped: ${code}`)
  }
  return wrong
}

/** The newest row of each entity: what online features have to be. */
export function latestRows(rows: readonly FrameRow[]): Map<string, FrameRow> {
  const latest = new Map<string, FrameRow>()
  for (const row of rows) {
    const known = latest.get(row.entity)
    if (known === undefined || compareOrder(orderOf(known), orderOf(row)) < 0) {
      latest.set(row.entity, row)
    }
  }
  return latest
}

function orderOf(row: FrameRow) {
  return {
    eventTime: row.at,
    ingestUs: Number(microsOf(row._ingest_ts)),
    partition: row._partition,
    offset: row._offset,
  }
}

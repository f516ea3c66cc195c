import type { CatalogueState } from '../../gateway/contracts/catalogue-contract.ts'
import type { Ledger } from './ledger.ts'
import type { SimRecord, SourceName } from './workload.ts'

/** A row of the data frame as the oracles read it. */
export interface FrameRow {
  readonly id: string
  readonly entity: string
  readonly at: string
  readonly n: number
  readonly note?: string | null
  readonly _partition: number
  readonly _offset: number
  readonly _ingest_ts: string
  readonly _version: number
}

/** What is wrong with a source's data frame: doubles, ghosts, changed records, gaps in offsets. */
export function checkFrame(
  source: SourceName,
  rows: readonly FrameRow[],
  ledger: Pick<Ledger, 'pushed' | 'repeatable' | 'unsent' | 'fateOf'>,
): string[] {
  const { pushed, repeatable, unsent } = ledger
  const wrong: string[] = []
  const seen = new Set<string>()
  const next = new Map<number, number>()
  let ingestBefore = { partition: -1, time: '' }
  for (const row of rows) {
    if (seen.has(row.id) && !repeatable.has(row.id)) {
      wrong.push(`I2 record ${row.id} is stored twice`)
    }
    seen.add(row.id)
    if (unsent.has(row.id)) wrong.push(`I8 record ${row.id} left before its outbox had it`)
    const record = pushed.get(row.id)
    if (record?.source !== source) wrong.push(`I3 record ${row.id} was never pushed to ${source}`)
    else if (!isSame(row, record)) {
      wrong.push(`I3 record ${row.id} was changed`)
    } else if (ledger.fateOf(record) === 'wrong')
      wrong.push(`I3 record ${row.id} was refused and is stored`)
    const expected = next.get(row._partition) ?? 0
    if (row._offset !== expected) {
      wrong.push(`I6 partition ${row._partition} has offset ${row._offset} after ${expected - 1}`)
    }
    next.set(row._partition, row._offset + 1)
    if (ingestBefore.partition === row._partition && row._ingest_ts < ingestBefore.time) {
      wrong.push(`I6 partition ${row._partition} has ingest times that run backwards`)
    }
    ingestBefore = { partition: row._partition, time: row._ingest_ts }
  }
  return wrong
}

function isSame(row: FrameRow, { entity, n, note, at }: SimRecord): boolean {
  const isEqual = row.entity === entity && row.n === n && (row.note ?? undefined) === note
  return isEqual && sameTime(row.at, at)
}

function sameTime(stored: string, pushed: string): boolean {
  return Date.parse(stored) === Date.parse(pushed)
}

/** What is wrong between receipts and the log: acknowledged records that are missing, refused ones kept. */
export function checkReceipts(
  source: SourceName,
  rows: readonly FrameRow[],
  settled: Ledger['settled'],
  ledger: Pick<Ledger, 'pushed' | 'repeatable' | 'excused' | 'fateOf' | 'mayGiveUp'>,
): string[] {
  const wrong: string[] = []
  const stored = new Set(rows.map(({ id }) => id))
  for (const [id, { status, code }] of settled) {
    const record = ledger.pushed.get(id)
    if (record?.source !== source || ledger.excused.has(id)) continue
    const acknowledged = status === 'accepted' || status === 'duplicate'
    const fate = ledger.fateOf(record)
    // Whoever settles a refusal and asks again hears no more than that it is settled.
    if (acknowledged && !stored.has(id) && !(fate !== 'right' && code === 'settled')) {
      wrong.push(`I1 record ${id} was ${status} and is missing`)
    }
    // A copy of a call without receipts may arrive when the clock says otherwise.
    const isRepeated = fate === 'either' && ledger.repeatable.has(id)
    if (status === 'rejected' && stored.has(id) && !isRepeated) {
      wrong.push(`I7 record ${id} was rejected and is stored`)
    }
    if (fate === 'wrong' && acknowledged && code !== 'settled') {
      wrong.push(`I7 record ${id} is wrong and was ${status}`)
    }
    // A call without receipts is all or nothing: its right records fall with the wrong one.
    if (status === 'rejected' && fate === 'right' && !id.startsWith('plain')) {
      wrong.push(`I7 record ${id} is right and was rejected: ${code}`)
    }
    if (status === 'dropped' && code === 'expired' && ledger.mayGiveUp()) continue
    if (status === 'dropped' && code !== 'outbox')
      wrong.push(`I8 record ${id} was dropped: ${code}`)
    if (status === 'dropped' && stored.has(id)) {
      wrong.push(`I8 record ${id} was dropped before it was sent and is stored`)
    }
  }
  return wrong
}

/** What is wrong with a catalogue: gaps or overlaps of parts, marks that fit no part. */
export function checkCatalogue(
  source: SourceName,
  { partitions, parts }: Pick<CatalogueState, 'partitions' | 'parts'>,
  nextOffsets: ReadonlyMap<number, number>,
): string[] {
  const wrong: string[] = []
  for (const { partition, mark } of partitions) {
    let reached = 0
    for (const { start, end, rows } of parts.filter(part => part.partition === partition)) {
      if (start !== reached)
        wrong.push(`I6 ${source}/${partition} has a part from ${start}, not ${reached}`)
      if (rows !== end - start)
        wrong.push(`I6 ${source}/${partition} has ${rows} rows in [${start}, ${end})`)
      reached = end
    }
    if (mark !== reached - 1)
      wrong.push(`I6 ${source}/${partition} has mark ${mark}, parts to ${reached - 1}`)
    const next = nextOffsets.get(partition) ?? 0
    if (mark >= next)
      wrong.push(`I6 ${source}/${partition} has mark ${mark} and gave out ${next - 1}`)
  }
  return wrong
}

/** Objects of the store that no catalogue lists: parts that a roll has left behind. */
export function checkObjects(stored: Iterable<string>, listed: ReadonlySet<string>): string[] {
  return [...stored]
    .filter(key => !listed.has(key))
    .map(key => `I6 the object ${key} is in no catalogue`)
}

/**
 * The newest row of each key: what online features have to be. Written out here, apart from the gateway's
 * own order, which is one of the things under test.
 */
export function latestRows(
  rows: readonly FrameRow[],
  keyOf: (row: FrameRow) => string,
): Map<string, FrameRow> {
  const latest = new Map<string, FrameRow>()
  for (const row of rows) {
    const known = latest.get(keyOf(row))
    if (known === undefined || isNewer(row, known)) latest.set(keyOf(row), row)
  }
  return latest
}

/** How many rows each key has: so many records a feature of it has to be folded from. */
export function countRows(
  rows: readonly FrameRow[],
  keyOf: (row: FrameRow) => string,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  return counts
}

function isNewer(a: FrameRow, b: FrameRow): boolean {
  if (a.at !== b.at) return a.at > b.at
  if (a._ingest_ts !== b._ingest_ts) return a._ingest_ts > b._ingest_ts
  if (a._partition !== b._partition) return a._partition > b._partition
  return a._offset > b._offset
}

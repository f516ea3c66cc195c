/**
 * The order of records: event time, ingest time, partition, offset. Newer wins everywhere by it: online,
 * backfilled and offline. Event times are canonical texts, which compare like the times they name.
 */
export interface RecordOrder {
  readonly eventTime: string
  readonly ingestUs: number
  readonly partition: number
  readonly offset: number
}

/** The newest record seen of an entity: its order and the values of the view's features. */
export interface Latest extends RecordOrder {
  readonly values: readonly unknown[]
}

/** Below zero when `a` is older than `b`, above when it is newer, zero for the same record. */
export function compareOrder(a: RecordOrder, b: RecordOrder): number {
  if (a.eventTime !== b.eventTime) return a.eventTime < b.eventTime ? -1 : 1
  return a.ingestUs - b.ingestUs || a.partition - b.partition || a.offset - b.offset
}

/** Folds a record into the newest one seen; the order of arrival does not matter. */
export function foldLatest(state: Latest | undefined, next: Latest): Latest {
  return mergeLatest(state, next) ?? next
}

/** The newer of two states. */
export function mergeLatest(a: Latest | undefined, b: Latest | undefined): Latest | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareOrder(a, b) < 0 ? b : a
}

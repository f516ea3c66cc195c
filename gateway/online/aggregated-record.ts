import type { RecordOrder } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import { microsNumberOf } from '../../shared/timestamp.ts'

/** A record as aggregates see it. */
export interface AggregatedRecord {
  readonly order: RecordOrder
  /** The earlier of event time and ingest time, in microseconds. */
  readonly effectiveUs: number
  /** The secondary key; null where there is none, `noKey` where the view has none. */
  readonly key: Canonical
  /** In the order of the plan's columns. */
  readonly values: readonly Canonical[]
}

/** The earlier of a record's event time and its ingest time, in microseconds. */
export function effectiveUsOf({ eventTime, ingestUs }: RecordOrder): number {
  return Math.min(microsNumberOf(eventTime), ingestUs)
}

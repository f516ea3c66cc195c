import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'

/** An aggregate that training data has a column of. */
export interface TrainingAggregate {
  readonly name: string
  readonly column: string
  /** The column's type, as `kind` says it. */
  readonly kind: string
  readonly fn: AggregateFunction
  readonly window: AggregationWindow
}

/** A newest value that training data has a column of. */
export interface TrainingAttribute {
  readonly name: string
  readonly column: string
}

/** A list of the secondary key's values that are met in a window. */
export interface TrainingKeys {
  readonly name: string
  readonly window: AggregationWindow
}

/** A view as training data is computed by it: plain data, of attributes or of aggregates. */
export interface TrainingView {
  readonly name: string
  /**
   * The relation of its rows, as SQL names it: the source's columns as the view takes them, and `_partition`,
   * `_offset`, `_ingest_ts`.
   */
  readonly rows: string
  readonly joinKeys: readonly string[]
  readonly timestampField: string
  readonly attributes: readonly TrainingAttribute[]
  /** How long an attribute is served after its effective time; for ever if absent. */
  readonly ttlMs?: number
  readonly aggregates: readonly TrainingAggregate[]
  readonly intervalMs?: number
  readonly leadingEdge: 'wall_clock' | 'latest_event_time'
  readonly secondaryKey?: { readonly column: string; readonly keys: readonly TrainingKeys[] }
}

/** One statement of a script, and what it does for whoever waits. */
export interface SqlStep {
  readonly what: string
  readonly sql: string
}

/** The columns that number the events and say their moments, in microseconds since the epoch. */
export const rowColumn = '_tg_row'
export const momentColumn = '_tg_moment'

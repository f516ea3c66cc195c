/** Which records an aggregate is computed over, by their effective time: plain data. */
export type AggregationWindow = TimeWindowSpan | LifetimeSpan | SeriesSpan

/** `size` long, ending at the moment of the reading, or before it by `-offset`. */
export interface TimeWindowSpan {
  readonly kind: 'time'
  readonly sizeMs: number
  /** At most 0. */
  readonly offsetMs: number
}

/** All records there ever were. */
export interface LifetimeSpan {
  readonly kind: 'lifetime'
}

/** A window each step, from `start` to `end` before the moment of the reading: a list, the oldest first. */
export interface SeriesSpan {
  readonly kind: 'series'
  /** Below 0. */
  readonly startMs: number
  /** At most 0. */
  readonly endMs: number
  readonly sizeMs: number
  readonly stepMs: number
}

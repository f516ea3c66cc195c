/** Features of one entity, by `view.feature`. */
export interface FeatureReading<Values> {
  readonly values: Values
  /**
   * `PRESENT`, `MISSING_DATA`, or `UNKNOWN` while a view is built anew; with `allowPartialResults` also `TIME_OUT`,
   * and `UNKNOWN` of a shard that failed; with `cache` also `CACHED_PRESENT` and `CACHED_MISSING_DATA`.
   */
  readonly statuses: { readonly [Name in keyof Values]: string }
  /** The event times of the newest records that the values are of, of aggregates what their windows end at; null where there is none. */
  readonly effectiveTimes: { readonly [Name in keyof Values]: string | null }
  /** With `cache`, where something is of a copy at the edge: how old that is; null for what is not. */
  readonly agesSeconds?: { readonly [Name in keyof Values]: number | null }
  /** With `marks`: by view the cut of its source that the values are a fold of, and the moment of the reading. */
  readonly marks?: { readonly [view: string]: FeatureMark }
}

export interface FeatureMark {
  readonly source: string
  readonly cut: string
  readonly at?: string
}

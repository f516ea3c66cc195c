/** Features of one entity, by `view.feature`. */
export interface FeatureReading<Values> {
  readonly values: Values
  /**
   * `PRESENT`, `MISSING_DATA`, or `UNKNOWN` while a view is built anew; with `allowPartialResults` also `TIME_OUT`,
   * and `UNKNOWN` of a shard that failed.
   */
  readonly statuses: { readonly [Name in keyof Values]: string }
  /** The event times of the newest records that the values are of; null where there is none. */
  readonly effectiveTimes: { readonly [Name in keyof Values]: string | null }
  /** With `marks`: by view the cut of its source that the values are a fold of, and the moment of the reading. */
  readonly marks?: { readonly [view: string]: FeatureMark }
}

export interface FeatureMark {
  readonly source: string
  readonly cut: string
  readonly at?: string
}

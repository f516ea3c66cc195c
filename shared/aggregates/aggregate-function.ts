/** How many values the functions that give a list may keep. */
export const maxListed = 1_000

/** Functions that have no parameters. */
export const plainFunctions = [
  'count',
  'sum',
  'mean',
  'min',
  'max',
  'stddev_pop',
  'stddev_samp',
  'var_pop',
  'var_samp',
  'last',
  'first',
] as const

export type PlainFunctionName = (typeof plainFunctions)[number]

/** Functions that keep the first or last `n` values. */
export const listFunctions = ['last_n', 'first_n', 'last_distinct', 'first_distinct'] as const

export type ListFunctionName = (typeof listFunctions)[number]

/** What an aggregate computes of its column's values: plain data. */
export type AggregateFunction =
  | { readonly name: PlainFunctionName }
  | { readonly name: ListFunctionName; readonly n: number }
  | { readonly name: 'approx_count_distinct'; readonly precision: number }
  | {
      readonly name: 'approx_percentile'
      /** Between 0 and 1. */
      readonly percentile: number
      readonly precision: number
    }

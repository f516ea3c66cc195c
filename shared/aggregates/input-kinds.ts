import type { AggregateFunction } from './aggregate-function.ts'

const integers = ['int32', 'int64']
const numbers = ['int32', 'int64', 'float32', 'float64']
const ordered = ['int32', 'int64', 'float32', 'float64', 'string']
const listed = ['int32', 'int64', 'float32', 'float64', 'string', 'bool', 'array']
const identities = ['int32', 'int64', 'string']

/** The kinds of columns that a function takes; no list: any. */
const inputKinds: { readonly [name in AggregateFunction['name']]: readonly string[] | undefined } =
  {
    count: undefined,
    sum: numbers,
    mean: numbers,
    min: ordered,
    max: ordered,
    stddev_pop: numbers,
    stddev_samp: numbers,
    var_pop: numbers,
    var_samp: numbers,
    last: undefined,
    first: undefined,
    last_n: listed,
    first_n: listed,
    last_distinct: identities,
    first_distinct: identities,
    approx_count_distinct: identities,
    approx_percentile: numbers,
  }

/** Tells whether a function can be computed of a column of that kind. */
export function takesKind({ name }: AggregateFunction, kind: string): boolean {
  return inputKinds[name]?.includes(kind) ?? true
}

export function isIntegerKind(kind: string): boolean {
  return integers.includes(kind)
}

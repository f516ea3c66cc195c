import {
  type AggregateFunction,
  listFunctions,
  maxListed,
  plainFunctions,
} from '../aggregates/aggregate-function.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'

/** A function as a definition takes it: by name, or made by one of the functions here. */
export type FunctionOption = PlainName | AggregateFunction
type PlainName = (typeof plainFunctions)[number]

/** The last `n` values, the oldest of them first; n is 1 to 1,000. */
export function last(n: number): AggregateFunction {
  return readFunction('last(n)', { name: 'last_n', n })
}

/** The first `n` values, the oldest first; n is 1 to 1,000. */
export function first(n: number): AggregateFunction {
  return readFunction('first(n)', { name: 'first_n', n })
}

/** The `n` values whose last occurrence is newest, ordered by it; n is 1 to 1,000. */
export function lastDistinct(n: number): AggregateFunction {
  return readFunction('lastDistinct(n)', { name: 'last_distinct', n })
}

/** The `n` values whose first occurrence is oldest, ordered by it; n is 1 to 1,000. */
export function firstDistinct(n: number): AggregateFunction {
  return readFunction('firstDistinct(n)', { name: 'first_distinct', n })
}

/** About how many different values there are, by HyperLogLog: standard error 1.04 / sqrt(2 ** precision), 4 to 16. */
export function approxCountDistinct({
  precision = 8,
}: {
  readonly precision?: number
} = {}): AggregateFunction {
  return readFunction('approxCountDistinct', { name: 'approx_count_distinct', precision })
}

/** About the value below which a share of all lies, by a t-digest: percentile 0 to 1, precision 20 to 500. */
export function approxPercentile({
  percentile,
  precision = 100,
}: {
  readonly percentile: number
  readonly precision?: number
}): AggregateFunction {
  return readFunction('approxPercentile', { name: 'approx_percentile', percentile, precision })
}

/** Makes a function of its name, or of anything that has its shape, by every rule. */
export function readFunction(where: string, value: unknown): AggregateFunction {
  const { name, ...rest } = isPlainObject(value) ? value : { name: value }
  const plain = plainFunctions.find(one => one === name)
  if (plain !== undefined) {
    requireOptions(where, rest, [])
    return Object.freeze({ name: plain })
  }
  const list = listFunctions.find(one => one === name)
  if (list !== undefined) {
    const { n } = requireOptions(where, rest, ['n'])
    return Object.freeze({ name: list, n: integerIn(where, 'n', n, 1, maxListed) })
  }
  if (name === 'approx_count_distinct') {
    const { precision } = requireOptions(where, rest, ['precision'])
    return Object.freeze({ name, precision: integerIn(where, 'precision', precision, 4, 16) })
  }
  if (name === 'approx_percentile') {
    const options = requireOptions(where, rest, ['percentile', 'precision'])
    const precision = integerIn(where, 'precision', options.precision, 20, 500)
    return Object.freeze({ name, percentile: shareOf(where, options.percentile), precision })
  }
  throw new ValidationError(
    `${where}: function is one of ${plainFunctions.join(', ')}, or made by last, first, lastDistinct, firstDistinct, approxCountDistinct or approxPercentile, but received ${describe(name)}.`,
  )
}

function integerIn(where: string, name: string, value: unknown, least: number, most: number) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value
  }
  throw new ValidationError(
    `${where}: ${name} is a whole number from ${least} to ${most} but received ${describe(value)}.`,
  )
}

function shareOf(where: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value + 0
  throw new ValidationError(
    `${where}: percentile is a number from 0 to 1, such as 0.9, but received ${describe(value)}.`,
  )
}

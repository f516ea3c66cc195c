import { countDistinctError } from '../../shared/aggregates/count-distinct.ts'
import { type ChosenAggregate, type ChosenView, columns } from './arbitrary-world.ts'

/** Columns of a training row, and features of a reading, by their names in the view. */
export type Row = { readonly [name: string]: unknown }

/** How far floats may differ: a billionth of the values' own size, which is at most 1,000, in sums of 200 of them. */
const floatError = 1e-9 * 1e3 * 200
const squareError = 1e-9 * 1e6
/** A skewed tail: single readings of few registers reach this many standard errors. */
const standardErrors = 6

/** Says where what was served is not what the training data has; nothing where they agree. */
export function compareViews(view: ChosenView, served: Row, offline: Row): string | undefined {
  const names = Object.keys(served)
  for (const name of names) {
    const aggregate = view.aggregates[Number(/^f(\d+)$/.exec(name)?.[1] ?? -1)]
    const exact =
      view.kind === 'attributes' || aggregate === undefined
        ? same(served[name], offline[name])
        : listed(served[name], lists(name, offline), aggregate)
    if (exact) continue
    return `${name}: served ${show(served[name])}, the training data has ${show(offline[name])}`
  }
  return undefined
}

interface Judged {
  readonly value: unknown
  readonly low: unknown
  readonly high: unknown
}

function lists(name: string, offline: Row): Judged {
  return { value: offline[name], low: offline[`${name}_low`], high: offline[`${name}_high`] }
}

/** Lists of windows or keys are compared one by one, those that functions give as a whole. */
function listed(
  served: unknown,
  { value, low, high }: Judged,
  aggregate: ChosenAggregate,
): boolean {
  const isList =
    /_n$|_distinct$/.test(aggregate.function.name) && !aggregate.function.name.startsWith('approx')
  const depth = (one: unknown): number =>
    Array.isArray(one) ? 1 + Math.max(0, ...one.map(depth)) : 0
  const isOfMany = isList ? depth(value) > 1 || depth(served) > 1 : Array.isArray(value)
  if (!isOfMany || !Array.isArray(value) || !Array.isArray(served)) {
    return agree(served, { value, low, high }, aggregate)
  }
  const at = (list: unknown, place: number) => (Array.isArray(list) ? list[place] : undefined)
  return (
    served.length === value.length &&
    served.every((one, place) =>
      agree(one, { value: value[place], low: at(low, place), high: at(high, place) }, aggregate),
    )
  )
}

function agree(
  served: unknown,
  { value, low, high }: Judged,
  { column, function: fn }: ChosenAggregate,
): boolean {
  if (served === null || value === null) return served === value
  const [a, b] = [Number(served), Number(value)]
  switch (fn.name) {
    case 'sum':
      return columns[column] === 'float64' ? near(a, b, floatError) : same(served, value)
    case 'mean':
      return near(a, b, Math.max(floatError, Math.abs(b) * 1e-9))
    case 'var_pop':
    case 'var_samp':
      return near(a, b, Math.max(squareError, Math.abs(b) * 1e-9))
    case 'stddev_pop':
    case 'stddev_samp':
      return near(a * a, b * b, Math.max(squareError, b * b * 1e-9))
    case 'approx_count_distinct':
      return near(a, b, standardErrors * countDistinctError(fn.precision) * b + 0.5)
    case 'approx_percentile': {
      const slack = 1e-9 * Math.max(1, Math.abs(b))
      return a >= Number(low) - slack && a <= Number(high) + slack
    }
    default:
      return same(served, value)
  }
}

function near(a: number, b: number, error: number): boolean {
  return Math.abs(a - b) <= error
}

function same(a: unknown, b: unknown): boolean {
  return show(a) === show(b)
}

/** The wire gives Int32 as Int64, which reads as a bigint: the digits tell. */
function show(value: unknown): string {
  const digits = (_: string, one: unknown) =>
    typeof one === 'bigint' || typeof one === 'number' ? `${one}` : one
  return JSON.stringify(value, digits) ?? 'nothing'
}

import type { AggregateFunction } from '../../shared/aggregates/aggregate-function.ts'

/** A function of a column of some type. */
export interface NaiveFunction {
  readonly kind: string
  readonly fn: AggregateFunction
}

/** A value with how far from it another one may be and still be right. */
export interface NaiveValue {
  readonly value: unknown
  /** 0 where it is exact. Lists have one for each member. */
  readonly tolerance: number | readonly (number | readonly number[])[]
}

const nothing: NaiveValue = { value: null, tolerance: 0 }

/** What a function gives of values that are not null, in the order of their records. */
export function computed({ kind, fn }: NaiveFunction, values: readonly unknown[]): NaiveValue {
  const exact = (value: unknown): NaiveValue => ({ value, tolerance: 0 })
  const numbers = values.map(Number)
  switch (fn.name) {
    case 'count':
      return exact(values.length)
    case 'sum':
      return sumOf(kind, values)
    case 'mean':
      return meanOf(kind, values)
    case 'min':
      return exact(values.toSorted(comparing(kind))[0] ?? null)
    case 'max':
      return exact(values.toSorted(comparing(kind)).at(-1) ?? null)
    case 'var_pop':
      return spreadOf(numbers, 0, false)
    case 'var_samp':
      return spreadOf(numbers, 1, false)
    case 'stddev_pop':
      return spreadOf(numbers, 0, true)
    case 'stddev_samp':
      return spreadOf(numbers, 1, true)
    case 'first':
      return exact(values[0] ?? null)
    case 'last':
      return exact(values.at(-1) ?? null)
    case 'first_n':
      return exact(values.slice(0, fn.n))
    case 'last_n':
      return exact(values.slice(-fn.n))
    case 'first_distinct':
      return exact([...new Set(values)].slice(0, fn.n))
    case 'last_distinct':
      return exact([...new Set(values.toReversed())].slice(0, fn.n).toReversed())
    case 'approx_count_distinct':
      return exact(new Set(values).size)
    case 'approx_percentile': {
      const sorted = numbers.toSorted((a, b) => a - b)
      const at = (sorted.length - 1) * fn.percentile
      const low = sorted[Math.floor(at)]
      const high = sorted[Math.ceil(at)]
      if (low === undefined || high === undefined) return exact(null)
      const value = low + (high - low) * (at - Math.floor(at))
      return { value, tolerance: 1e-9 * Math.max(Math.abs(low), Math.abs(high)) }
    }
  }
}

function isReal(kind: string): boolean {
  return kind === 'float32' || kind === 'float64'
}

function sumOf(kind: string, values: readonly unknown[]): NaiveValue {
  if (values.length === 0) return nothing
  if (isReal(kind)) {
    const value = values.map(Number).reduce((a, b) => a + b, 0)
    const size = values.map(Number).reduce((a, b) => a + Math.abs(b), 0)
    return { value: Number.isFinite(value) ? value : null, tolerance: 1e-9 * size }
  }
  const sum = integerSum(values)
  if (sum !== BigInt.asIntN(64, sum)) return nothing
  const value = Number(sum)
  return { value: Number.isSafeInteger(value) ? value : String(sum), tolerance: 0 }
}

function meanOf(kind: string, values: readonly unknown[]): NaiveValue {
  if (values.length === 0) return nothing
  const size = values.map(Number).reduce((a, b) => a + Math.abs(b), 0)
  const sum = isReal(kind)
    ? values.map(Number).reduce((a, b) => a + b, 0)
    : Number(integerSum(values))
  const value = sum / values.length
  return {
    value: Number.isFinite(value) ? value : null,
    tolerance: (1e-9 * size) / values.length,
  }
}

function integerSum(values: readonly unknown[]): bigint {
  return values.map(value => BigInt(String(value))).reduce((a, b) => a + b, 0n)
}

function spreadOf(values: readonly number[], lessFreedom: 0 | 1, isRoot: boolean): NaiveValue {
  const count = values.length
  if (count <= lessFreedom) return nothing
  const mean = values.reduce((a, b) => a + b, 0) / count
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - lessFreedom)
  const slack = (1e-9 * values.reduce((sum, value) => sum + value ** 2, 0)) / (count - lessFreedom)
  if (!Number.isFinite(spread)) return nothing
  if (!isRoot) return { value: spread, tolerance: slack }
  // The same slack under the root.
  return { value: Math.sqrt(spread), tolerance: Math.sqrt(spread + slack) - Math.sqrt(spread) }
}

/** Integers by value, decimal text too; text by its bytes in UTF-8; false before true. */
export function comparing(kind: string): (a: unknown, b: unknown) => number {
  if (kind === 'int32' || kind === 'int64') {
    return (a, b) => sign(BigInt(String(a)), BigInt(String(b)))
  }
  if (kind === 'string' || kind === 'timestamp') {
    return (a, b) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
  }
  return (a, b) => Number(a) - Number(b)
}

/** Below zero where `a` is less. */
export function sign(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

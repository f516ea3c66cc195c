import { describe, expect, it } from 'vitest'
import { mean } from '../../../shared/aggregates/mean.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { exactly, one, sizeOf, sumOf } from './exact-numbers.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { float64s, int32s, int64s } from './values.ts'

/** The definition in whole numbers: |result · n - sum| within a rounding of the result and the error of the sum. */
function check(result: Canonical, values: readonly Canonical[]): void {
  const n = BigInt(values.length)
  const numbers = values.map(value =>
    typeof value === 'string' ? BigInt(value) * one : exactly(Number(value)),
  )
  const sum = sumOf(numbers)
  const error = sizeOf(exactly(Number(result)) * n - sum)
  const absolute = sumOf(numbers.map(sizeOf))
  const allowed = (sizeOf(sum) >> 53n) + (((n + 4n) * absolute) >> 105n) + n
  expect(result).not.toBeNull()
  expect(error).toBeLessThanOrEqual(allowed)
}

describeLaws('mean of floats', {
  fn: { name: 'mean' },
  kind: 'float64',
  values: float64s,
  sameResult: false,
  check,
})
describeLaws('mean of Int32', { fn: { name: 'mean' }, kind: 'int32', values: int32s, check })
describeLaws('mean of Int64', { fn: { name: 'mean' }, kind: 'int64', values: int64s, check })

describe('the mean', () => {
  const order = orderAt(0)
  const meanOf = (values: readonly Canonical[]) =>
    mean.finish(
      foldAll(
        mean,
        values.map(value => ({ value, order })),
      ),
    )

  it('is null of no values', () => {
    expect(mean.finish(undefined)).toBeNull()
  })

  it('stays a number where the sum would not', () => {
    expect(meanOf([1e308, 1e308, 1e308])).toBe(1e308)
    expect(meanOf([Number.MAX_VALUE, -Number.MAX_VALUE])).toBe(0)
  })

  it('is that of the exact integers, not of their nearest doubles', () => {
    expect(meanOf(['9007199254740993', '-9007199254740992'])).toBe(0.5)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floatSum } from '../../../shared/aggregates/float-sum.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { exactly, sizeOf, sumOf } from './exact-numbers.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { float64s } from './values.ts'

/** From here on a sum is rounded to what is no double: half a step beyond the greatest. */
const beyond = exactly(Number.MAX_VALUE) + exactly(2 ** 970) / 1n

describeLaws('sum of floats', {
  fn: { name: 'sum' },
  kind: 'float64',
  values: float64s,
  sameResult: false,
  check: (result, values) => {
    const numbers = values.map(value => exactly(Number(value)))
    const sum = sumOf(numbers)
    if (result === null) {
      expect(sizeOf(sum)).toBeGreaterThanOrEqual(beyond - 1n)
      return
    }
    expect(sizeOf(sum)).toBeLessThanOrEqual(beyond)
    expect(Object.is(result, -0)).toBe(false)
    const error = sizeOf(exactly(Number(result)) - sum)
    const absolute = sumOf(numbers.map(sizeOf))
    const allowed = (sizeOf(sum) >> 53n) + ((BigInt(values.length) * absolute) >> 105n)
    expect(error).toBeLessThanOrEqual(allowed + 1n)
  },
})

describe('the sum of floats', () => {
  const order = orderAt(0)
  const total = (values: readonly number[]): Canonical =>
    floatSum.finish(
      foldAll(
        floatSum,
        values.map(value => ({ value, order })),
      ),
    )

  it('is null of no values and beyond Float64, and comes back', () => {
    expect(floatSum.finish(undefined)).toBeNull()
    expect(total([1e308, 1e308])).toBeNull()
    expect(total([-1e308, -1e308])).toBeNull()
    expect(total([1e308, 1e308, -1e308])).toBe(1e308)
    expect(total([Number.MAX_VALUE])).toBe(Number.MAX_VALUE)
  })

  it('keeps what cancels, and what is tiny beside it', () => {
    expect(total([1e16, 1, -1e16])).toBe(1)
    expect(total(new Array<number>(10).fill(0.1))).toBe(1)
    expect(total([5e-324, 5e-324])).toBe(1e-323)
    expect(total([2 ** 1000, 1, -(2 ** 1000)])).toBe(1)
  })

  it('is the nearest double of amounts in cents, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 200 }), cents => {
        const sum = cents.reduce((a, b) => a + b, 0)
        expect(total(cents.map(cent => cent / 4))).toBe(sum / 4)
      }),
    )
  })

  it.each([[[0.5, 0.5, 0]], [[1, 0, 2]], [[1, 0, -1]], [[1, 0]]])(
    'refuses %j as a state',
    state => {
      expect(() => floatSum.read(state)).toThrow(TypeError)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { integerSum } from '../../../shared/aggregates/integer-sum.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { canonicalInt64, int32s, int64s } from './values.ts'

const check = (result: Canonical, values: readonly Canonical[]) => {
  const sum = values.reduce((total: bigint, value) => total + BigInt(String(value)), 0n)
  const fits = sum >= -(2n ** 63n) && sum < 2n ** 63n
  expect(result).toBe(fits ? canonicalInt64(sum) : null)
}
describeLaws('sum of Int64', { fn: { name: 'sum' }, kind: 'int64', values: int64s, check })
describeLaws('sum of Int32', { fn: { name: 'sum' }, kind: 'int32', values: int32s, check })

describe('the sum of integers', () => {
  const order = orderAt(0)
  const sumOf = (values: readonly Canonical[]) =>
    integerSum.finish(
      foldAll(
        integerSum,
        values.map(value => ({ value, order })),
      ),
    )

  it('is null of no values and beyond Int64, and comes back', () => {
    const most = '9223372036854775807'
    expect(integerSum.finish(undefined)).toBeNull()
    expect(sumOf([most])).toBe(most)
    expect(sumOf([most, 1])).toBeNull()
    expect(sumOf([most, 1, -1])).toBe(most)
    expect(sumOf([most, most, `-${most}`, `-${most}`, 3])).toBe(3)
    expect(sumOf(['-9223372036854775808', -1])).toBeNull()
  })

  it('is a number as long as it is safe, whatever it was on the way', () => {
    expect(sumOf([Number.MAX_SAFE_INTEGER, 1])).toBe('9007199254740992')
    expect(sumOf([Number.MAX_SAFE_INTEGER, 1, -1])).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each(['7', '01', '-0', '1e30', '9007199254740991', 1.5, 2 ** 53])(
    'refuses %s as a state',
    state => {
      expect(() => integerSum.read(state)).toThrow(TypeError)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { canonicalInt64, float64s, int32s, int64s, texts } from './values.ts'

/** Bytes compare as the definition says, without a look at the characters. */
function byBytes(a: Canonical, b: Canonical): number {
  const [left, right] = [a, b].map(text => [...new TextEncoder().encode(String(text))])
  const hex = (bytes: readonly number[] = []) =>
    bytes.map(byte => byte.toString(16).padStart(2, '0')).join('')
  return hex(left) < hex(right) ? -1 : hex(left) > hex(right) ? 1 : 0
}

const byNumber = (a: Canonical, b: Canonical) => Number(a) - Number(b)
const byInteger = (a: Canonical, b: Canonical) => {
  const [left, right] = [BigInt(String(a)), BigInt(String(b))]
  return left < right ? -1 : left > right ? 1 : 0
}
const cases = [
  ['string', texts, byBytes],
  ['int32', int32s, byNumber],
  ['int64', int64s, byInteger],
  ['float64', float64s, (a: Canonical, b: Canonical) => (Number(a) < Number(b) ? -1 : 1)],
] as const

for (const [kind, values, compare] of cases) {
  for (const name of ['min', 'max'] as const) {
    describeLaws(`${name} of ${kind}`, {
      fn: { name },
      kind,
      values,
      check: (result, all) => {
        const sorted = [...all].sort(compare)
        const wanted = name === 'min' ? sorted[0] : sorted.at(-1)
        expect(result).toBe(typeof wanted === 'number' ? wanted + 0 : wanted)
      },
    })
  }
}

describe('min and max', () => {
  const order = orderAt(0)

  it.each(['min', 'max'] as const)('%s of no values is null', name => {
    expect(aggregateOf({ name }, 'string').finish(undefined)).toBeNull()
  })

  it.each(['9223372036854775808', '7', 'x', 2 ** 53])('refuse %s as a state of Int64', state => {
    expect(() => aggregateOf({ name: 'max' }, 'int64').read(state)).toThrow(TypeError)
  })

  it('tell Int64s apart that have the same nearest double', () => {
    const max = aggregateOf({ name: 'max' }, 'int64')
    const [a, b] = [2n ** 62n, 2n ** 62n + 1n].map(canonicalInt64)
    for (const values of [
      [a, b],
      [b, a],
    ]) {
      const all = values.map(value => ({ value: value ?? null, order }))
      expect(max.finish(foldAll(max, all))).toBe(String(b))
    }
  })
})

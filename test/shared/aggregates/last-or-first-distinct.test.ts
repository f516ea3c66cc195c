import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { describeLaws, orderAt } from './laws.ts'
import { int64s } from './values.ts'

/** The rule: of each value its last (or first) occurrence counts; the `n` newest (oldest), ascending. */
function distinct(all: readonly Canonical[], n: number, last: boolean): readonly Canonical[] {
  const counted = all.filter(
    (value, at) => (last ? all.lastIndexOf(value) : all.indexOf(value)) === at,
  )
  return last ? counted.slice(-n) : counted.slice(0, n)
}

const cases = [
  ['string', fc.constantFrom('a', 'b', 'c', 'd', 'é', '7')],
  ['int64', fc.oneof(fc.integer({ min: 0, max: 5 }), int64s)],
  ['int32', fc.integer({ min: 0, max: 5 })],
] as const

for (const [kind, values] of cases) {
  for (const n of [1, 3, 1000]) {
    describeLaws(`last_distinct(${n}) of ${kind}`, {
      fn: { name: 'last_distinct', n },
      kind,
      values,
      check: (result, all) => expect(result).toStrictEqual(distinct(all, n, true)),
    })
    describeLaws(`first_distinct(${n}) of ${kind}`, {
      fn: { name: 'first_distinct', n },
      kind,
      values,
      check: (result, all) => expect(result).toStrictEqual(distinct(all, n, false)),
    })
  }
}

it.each(['last_distinct', 'first_distinct'] as const)('%s of no values is an empty list', name => {
  expect(aggregateOf({ name, n: 3 }, 'string').finish(undefined)).toStrictEqual([])
})

it('refuses a list that repeats a value, is out of order, too long, or miscounts its bytes', () => {
  const aggregate = aggregateOf({ name: 'last_distinct', n: 2 }, 'string')
  const entry = (us: number, value: string) => [orderAt(us).eventTime, us, 0, us, value]
  const bytes = (count: number) => 20 + count * 76
  const read = (...entries: readonly unknown[]) => aggregate.read([bytes(entries.length), entries])
  expect(read(entry(1, 'a'), entry(2, 'b'))).toBeDefined()
  expect(() => read(entry(1, 'a'), entry(2, 'a'))).toThrow(TypeError)
  expect(() => read(entry(2, 'a'), entry(1, 'b'))).toThrow(TypeError)
  expect(() => read(entry(1, 'a'), entry(2, 'b'), entry(3, 'c'))).toThrow(TypeError)
  expect(() => aggregate.read([bytes(2), [entry(1, 'a')]])).toThrow(TypeError)
})

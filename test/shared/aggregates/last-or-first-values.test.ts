import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import { describeLaws } from './laws.ts'
import { int64s, texts } from './values.ts'

const cases = [
  ['string', texts],
  ['int64', int64s],
  ['bool', fc.boolean()],
  ['array', fc.array(fc.integer(), { maxLength: 4 })],
] as const

for (const [kind, values] of cases) {
  for (const n of [1, 3, 1000]) {
    describeLaws(`last(${n}) of ${kind}`, {
      fn: { name: 'last_n', n },
      kind,
      values,
      check: (result, all) => expect(result).toStrictEqual(all.slice(-n)),
    })
    describeLaws(`first(${n}) of ${kind}`, {
      fn: { name: 'first_n', n },
      kind,
      values,
      check: (result, all) => expect(result).toStrictEqual(all.slice(0, n)),
    })
  }
}

it.each(['last_n', 'first_n'] as const)('%s of no values is an empty list', name => {
  expect(aggregateOf({ name, n: 3 }, 'string').finish(undefined)).toStrictEqual([])
})

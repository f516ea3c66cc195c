import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import { describeLaws } from './laws.ts'
import { float64s, int64s, texts } from './values.ts'

const cases = [
  ['string', texts],
  ['int64', int64s],
  ['float64', float64s.map(number => number + 0)],
  ['bool', fc.boolean()],
  ['array', fc.array(texts, { maxLength: 4 })],
  [
    'struct',
    fc.record(
      { a: fc.option(float64s.map(number => number + 0)), b: texts },
      { noNullPrototype: true },
    ),
  ],
] as const

for (const [kind, values] of cases) {
  describeLaws(`last of ${kind}`, {
    fn: { name: 'last' },
    kind,
    values,
    check: (result, all) => expect(result).toStrictEqual(all.at(-1)),
  })
  describeLaws(`first of ${kind}`, {
    fn: { name: 'first' },
    kind,
    values,
    check: (result, all) => expect(result).toStrictEqual(all[0]),
  })
}

it.each(['last', 'first'] as const)('%s of no values is null', name => {
  expect(aggregateOf({ name }, 'string').finish(undefined)).toBeNull()
})

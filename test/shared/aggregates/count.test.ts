import fc from 'fast-check'
import { expect, it } from 'vitest'
import { count } from '../../../shared/aggregates/count.ts'
import { describeLaws } from './laws.ts'

describeLaws('count', {
  fn: { name: 'count' },
  kind: 'map',
  values: fc.constantFrom({}, { a: 1 }),
  check: (result, values) => expect(result).toBe(values.length),
})

it('is 0 of no values', () => {
  expect(count.finish(undefined)).toBe(0)
})

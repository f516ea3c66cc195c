import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { exactly, one, sizeOf, sumOf } from './exact-numbers.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { float64s, int32s, int64s } from './values.ts'

/** The definition in whole numbers: n² · variance = n · Σx² - (Σx)², all in multiples of 2^-2148. */
function check(ofSample: boolean): (result: Canonical, values: readonly Canonical[]) => void {
  return (result, values) => {
    const n = BigInt(values.length)
    if (ofSample && n === 1n) {
      expect(result).toBeNull()
      return
    }
    const numbers = values.map(value =>
      typeof value === 'string' ? BigInt(value) * one : exactly(Number(value)),
    )
    const squares = n * sumOf(numbers.map(number => number * number))
    const wanted = squares - sumOf(numbers) ** 2n
    const divisor = ofSample ? n * (n - 1n) : n * n
    const allowed = (wanted >> 51n) + (((n + 4n) * squares) >> 102n) + divisor * one
    if (result === null) {
      expect(wanted + allowed).toBeGreaterThan(divisor * exactly(Number.MAX_VALUE) * one)
      return
    }
    expect(result).toBeGreaterThanOrEqual(0)
    const error = sizeOf(exactly(Number(result)) * one * divisor - wanted)
    expect(error).toBeLessThanOrEqual(allowed * 2n)
  }
}

const cases = [
  ['float64', float64s],
  ['int32', int32s],
  ['int64', int64s],
] as const
for (const [kind, values] of cases) {
  for (const name of ['var_pop', 'var_samp'] as const) {
    describeLaws(`${name} of ${kind}`, {
      fn: { name },
      kind,
      values,
      sameResult: false,
      check: check(name === 'var_samp'),
    })
  }
}

const order = orderAt(0)
function spreadOf(name: AggregateFunction & { name: string }, values: readonly Canonical[]) {
  const aggregate = aggregateOf(name, 'float64')
  return aggregate.finish(
    foldAll(
      aggregate,
      values.map(value => ({ value, order })),
    ),
  )
}

describe.each([
  ['stddev_pop', 'var_pop'],
  ['stddev_samp', 'var_samp'],
] as const)('%s', (name, square) => {
  it('is the root of the variance', () => {
    const ordinary = fc.double({ min: -1e100, max: 1e100, noNaN: true })
    fc.assert(
      fc.property(fc.array(ordinary, { minLength: 1, maxLength: 40 }), values => {
        const variance = spreadOf({ name: square }, values)
        const root = spreadOf({ name }, values)
        if (variance === null) expect(root).toBeNull()
        else expect(Number(root)).toBeCloseTo(Math.sqrt(Number(variance)), 12)
      }),
    )
  })

  it.each([2 ** 700, 2 ** -700, 2 ** -1040])('is scaled with its values, by %d too', factor => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 }), values => {
        const scaled = Number(
          spreadOf(
            { name },
            values.map(value => value * factor),
          ),
        )
        const root = Number(spreadOf({ name }, values))
        expect(Math.abs(scaled / factor - root)).toBeLessThanOrEqual(root * 1e-9)
      }),
    )
  })
})

describe('the variance', () => {
  it('is null of no values, 0 of one value, of the sample null', () => {
    expect(spreadOf({ name: 'var_pop' }, [])).toBeNull()
    expect(spreadOf({ name: 'var_pop' }, [0.1])).toBe(0)
    expect(spreadOf({ name: 'stddev_samp' }, [0.1])).toBeNull()
    expect(spreadOf({ name: 'var_samp' }, [1, 2])).toBe(0.5)
  })

  it('is null beyond Float64', () => {
    expect(spreadOf({ name: 'var_pop' }, [1e200, -1e200])).toBeNull()
    expect(spreadOf({ name: 'stddev_pop' }, [2 ** 600, -(2 ** 600)])).toBe(2 ** 600)
  })

  it('is 0 of equal values, however many and however merged', () => {
    const aggregate = aggregateOf({ name: 'stddev_pop' }, 'float64')
    fc.assert(
      fc.property(
        float64s,
        fc.integer({ min: 1, max: 300 }),
        fc.nat(8),
        (value, count, doublings) => {
          let state = foldAll(aggregate, new Array(count).fill({ value, order })) ?? null
          for (let at = 0; at < doublings; at++) state = aggregate.merge(state, state)
          expect(aggregate.finish(state)).toBe(0)
        },
      ),
    )
  })

  it('keeps a small spread of large values', () => {
    expect(spreadOf({ name: 'var_pop' }, [1e12 + 1, 1e12 + 2, 1e12 + 3, 1e12 + 4])).toBe(1.25)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentileOf, percentileRankError } from '../../../shared/aggregates/percentile.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { float64s, int64s } from './values.ts'

const order = orderAt(0)
const quantiles = [0, 0.0001, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1]
const precisions = [20, 100, 500]

/** The definition, over numbers in ascending order: between the two nearest ranks by the line that joins them. */
function quantileOf(sorted: readonly number[], quantile: number): number {
  const rank = Math.min(1, Math.max(0, quantile)) * (sorted.length - 1)
  const [below = 0, above = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]]
  const share = rank - Math.floor(rank)
  return share === 0 ? below : below * (1 - share) + above * share
}

/** Whether a result is the exact quantile but for rounding. */
function isNear(result: Canonical, wanted: number, sorted: readonly number[]): boolean {
  const size = Math.max(...sorted.map(Math.abs))
  return Math.abs(Number(result) - wanted) <= size * 1e-12 + Number.MIN_VALUE
}

describe('few values', () => {
  for (const [kind, values] of [
    ['float64', float64s],
    ['int64', int64s],
  ] as const) {
    for (const percentile of [0, 0.3, 0.5, 1]) {
      describeLaws(`approx_percentile(${percentile}) of ${kind}`, {
        fn: { name: 'approx_percentile', percentile, precision: 20 },
        kind,
        values,
        check: (result, all) => {
          const sorted = all.map(Number).sort((a, b) => a - b)
          expect(isNear(result, quantileOf(sorted, percentile), sorted)).toBe(true)
        },
      })
    }
  }
})

/** Numbers from 0 to 1 that are the same in every run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const many = 6_000
const inputs: { readonly [name: string]: (at: number, next: () => number) => number } = {
  'evenly spread': (_, next) => next(),
  sorted: at => at,
  reversed: at => -at,
  'from both ends inward': at => (at % 2 ? many - at : at - many),
  'from the middle outward': at => (at % 2 ? at : -at),
  'in waves': at => at % 500,
  'of five values': (_, next) => Math.floor(next() * 5),
  'mostly zero': (_, next) => (next() < 0.99 ? 0 : next()),
  'all the same': () => 0.1,
  'of two heaps': (_, next) => (next() < 0.5 ? next() : 1e6 + next()),
  'with a long tail': (_, next) => 1 / (next() + 1e-9),
  'ever larger': at => 2 ** (at / 6),
  'ever smaller': at => -(2 ** (-at / 6)),
  'of all magnitudes and signs': (_, next) => (next() < 0.5 ? -1 : 1) * 10 ** (next() * 630 - 322),
}

type Merging =
  | 'one by one'
  | 'pieces of 7 in a row'
  | 'pieces of 50 in pairs'
  | 'pieces of 700 in pairs'
const mergings: readonly Merging[] = [
  'one by one',
  'pieces of 7 in a row',
  'pieces of 50 in pairs',
  'pieces of 700 in pairs',
]

function stateOf(values: readonly number[], precision: number, merging: Merging): Canonical {
  const aggregate = percentileOf(0.5, precision)
  const folded = (some: readonly number[]) => {
    const state = foldAll(
      aggregate,
      some.map(value => ({ value, order })),
    )
    if (state === undefined) throw new Error('No values to fold.')
    return state
  }
  if (merging === 'one by one') return folded(values)
  const size = Number(/\d+/.exec(merging)?.[0])
  let states = Array.from({ length: Math.ceil(values.length / size) }, (_, piece) =>
    folded(values.slice(piece * size, (piece + 1) * size)),
  )
  if (merging.endsWith('row')) return states.reduce((a, b) => aggregate.merge(a, b))
  while (states.length > 1) {
    states = states
      .filter((_, at) => at % 2 === 0)
      .map((state, at) => {
        const other = states[2 * at + 1]
        return other === undefined ? state : aggregate.merge(state, other)
      })
  }
  return states[0] ?? null
}

describe.each(Object.entries(inputs))('many values, %s', (_, valueAt) => {
  it.each(mergings)('stay within the bound of the rank: %s', merging => {
    const next = chance(6)
    const values = Array.from({ length: many }, (_, at) => valueAt(at, next))
    const sorted = [...values].sort((a, b) => a - b)
    for (const precision of precisions) {
      const state = stateOf(values, precision, merging)
      for (const quantile of quantiles) {
        const aggregate = percentileOf(quantile, precision)
        const result = aggregate.finish(aggregate.read(JSON.parse(JSON.stringify(state))))
        const error = percentileRankError(quantile, precision)
        const where = `quantile ${quantile}, precision ${precision}`
        expect(result, where).toBeGreaterThanOrEqual(quantileOf(sorted, quantile - error))
        expect(result, where).toBeLessThanOrEqual(quantileOf(sorted, quantile + error))
      }
    }
  })
})

describe('the percentile', () => {
  it('is null of no values', () => {
    expect(percentileOf(0.5, 100).finish(undefined)).toBeNull()
  })

  it('is exact up to twice as many values as its precision', () => {
    const shuffled = Array.from({ length: 200 }, (_, at) => (at * 77) % 200)
    const state = foldAll(
      percentileOf(0.5, 100),
      shuffled.map(value => ({ value, order })),
    )
    for (let rank = 0; rank < 200; rank++) {
      const result = Number(percentileOf(rank / 199, 100).finish(state))
      expect(Math.abs(result - rank)).toBeLessThan(1e-12)
    }
  })

  it.each(mergings)('has the least and the greatest of many values at its ends: %s', merging => {
    const next = chance(8)
    const values = Array.from({ length: many }, () => next())
    const state = percentileOf(0, 20).read(stateOf(values, 20, merging))
    expect(percentileOf(0, 20).finish(state)).toBe(Math.min(...values))
    expect(percentileOf(1, 20).finish(state)).toBe(Math.max(...values))
  })

  it('lies between values whose difference is no double', () => {
    const values = [-1.5e308, 1.5e308, 1.5e308].map(value => ({ value, order }))
    expect(percentileOf(0.25, 20).finish(foldAll(percentileOf(0.25, 20), values))).toBe(0)
  })

  it('has the least and the greatest of any few values at its ends, whatever was merged', () => {
    const values = fc.array(float64s, { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.constantFrom(...mergings), (all, merging) => {
        const state = percentileOf(0, 20).read(stateOf(all, 20, merging))
        const [least, greatest] = [Math.min(...all) + 0, Math.max(...all) + 0]
        expect(percentileOf(0, 20).finish(state)).toBe(least)
        expect(percentileOf(1, 20).finish(state)).toBe(greatest)
        const middle = Number(percentileOf(0.5, 20).finish(state))
        expect(middle >= least && middle <= greatest).toBe(true)
      }),
    )
  })

  it('never takes more than it tells', () => {
    for (const precision of precisions) {
      const aggregate = percentileOf(0.5, precision)
      const next = chance(7)
      let state = aggregate.fold(undefined, 0, order)
      for (let at = 0; at < 5_000; at++) {
        state = aggregate.fold(state, -next() * 10 ** (next() * 600 - 300), order)
        if (at % 50 > 0) continue
        const bytes = JSON.stringify(state).length
        expect(bytes).toBeLessThanOrEqual(aggregate.maxBytes)
        expect(bytes).toBeLessThanOrEqual(aggregate.sizeOf(state) * 1.25)
      }
    }
  })

  it('has a bound that is narrow at the ends and for a high precision', () => {
    expect(percentileRankError(0.5, 100)).toBeLessThan(0.1)
    expect(percentileRankError(0.99, 100)).toBeLessThan(0.03)
    expect(percentileRankError(0, 100)).toBeLessThan(0.01)
    expect(percentileRankError(0.5, 500)).toBeLessThan(0.02)
  })
})

describe('a stored digest', () => {
  const aggregate = percentileOf(0.5, 20)

  it.each([
    [[[], []]],
    [[[1], []]],
    [[[2, 1, 1, 1], []]],
    [[[1, 0], []]],
    [[[1, 1.5], []]],
    [[[], [null]]],
    [[[], ['1']]],
    [[[], new Array(41).fill(1)]],
  ])('is refused: %j', state => {
    expect(() => aggregate.read(state)).toThrow(TypeError)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countDistinct, countDistinctError } from '../../../shared/aggregates/count-distinct.ts'
import { murmur3 } from '../../../shared/murmur3.ts'
import { describeLaws, foldAll, orderAt } from './laws.ts'
import { canonicalInt64, int64s, texts } from './values.ts'

const order = orderAt(0)

for (const precision of [4, 5, 8, 12, 16]) {
  const fn = { name: 'approx_count_distinct', precision } as const
  const few = 40
  for (const [kind, values] of [
    ['string', texts],
    ['int64', int64s],
  ] as const) {
    describeLaws(`approx_count_distinct(${precision}) of ${kind}`, {
      fn,
      kind,
      values,
      maxLength: few,
      check: (result, all) => {
        const distinct = new Set(all).size
        // Few values: what an estimate is off by comes from values that share a register.
        const allowed = 1 + 6 * distinct * countDistinctError(precision)
        expect(Math.abs(Number(result) - distinct)).toBeLessThanOrEqual(allowed)
      },
    })
  }
}

/** The estimate after `count` texts that differ from those of every other seed. */
function estimateOf(precision: number, seed: number, count: number): number {
  const aggregate = countDistinct(precision)
  let state: string | undefined
  for (let at = 0; at < count; at++) state = aggregate.fold(state, `user-${seed}-${at}`, order)
  return Number(aggregate.finish(state))
}

describe('the estimate', () => {
  it.each([
    [4, 5, 400],
    [4, 100, 400],
    [4, 3_000, 200],
    [8, 30, 300],
    [8, 300, 300],
    [8, 800, 300],
    [8, 5_000, 100],
    [11, 20_000, 40],
    [14, 40_000, 12],
  ])(
    'errs by its standard error and is not biased: precision %d, %d values',
    (precision, count, runs) => {
      const errors = Array.from(
        { length: runs },
        (_, seed) => estimateOf(precision, seed, count) / count - 1,
      )
      const standard = countDistinctError(precision)
      const squares = errors.reduce((sum, error) => sum + error * error, 0)
      // The runs' own spread: a chi over `runs` values, and the mean of them, both at four of their deviations.
      expect(Math.sqrt(squares / runs)).toBeLessThan(standard * (1 + 4 / Math.sqrt(2 * runs)))
      const bias = errors.reduce((sum, error) => sum + error, 0) / runs
      expect(Math.abs(bias)).toBeLessThan((4 * standard) / Math.sqrt(runs))
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(6 * standard)
    },
  )

  it('is exact for a few values where there are many registers', () => {
    for (const count of [1, 2, 10, 50]) expect(estimateOf(16, 7, count)).toBe(count)
  })

  it('counts integers in a row as well as texts', () => {
    const aggregate = countDistinct(12)
    let state: string | undefined
    for (let at = -20_000; at < 20_000; at++) state = aggregate.fold(state, at, order)
    const error = Number(aggregate.finish(state)) / 40_000 - 1
    expect(Math.abs(error)).toBeLessThan(3 * countDistinctError(12))
  })

  it('stays a safe integer with all registers at their highest', () => {
    const aggregate = countDistinct(4)
    const [highest, beyond] = ['x', 'y'].map(digit => digit.repeat(16))
    expect(aggregate.finish(aggregate.read(highest))).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => aggregate.read(beyond)).toThrow(TypeError)
  })
})

describe('the state', () => {
  const aggregate = countDistinct(8)
  const stateOf = (values: readonly (string | number)[]) =>
    foldAll(
      aggregate,
      values.map(value => ({ value, order })),
    )

  it('is the same for an integer and its text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), integer => {
        expect(stateOf([canonicalInt64(integer)])).toBe(stateOf([String(integer)]))
      }),
    )
    expect(stateOf([7, '7'])).toBe(stateOf([7]))
  })

  it('depends on the set of values alone, few or many', () => {
    const some = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(some, some, (left, right) => {
        const [a, b] = [stateOf(left), stateOf(right)]
        const distinct = [...new Set([...left, ...right])].sort((x, y) => x - y)
        const both = stateOf(distinct)
        expect(a !== undefined && b !== undefined && aggregate.merge(a, b)).toBe(both)
        expect(a !== undefined && aggregate.merge(a, a)).toBe(a)
      }),
    )
  })

  it('ranks by a second hash what has no more bits in the first', () => {
    const precise = countDistinct(16)
    const ranks: string[] = []
    for (let at = 0; ranks.length < 8; at++) {
      const text = `user-${at}`
      if (murmur3(text) << 16 === 0) ranks.push(precise.fold(undefined, text, order).slice(3))
    }
    expect(ranks.join('')).toMatchInlineSnapshot(`"KJGIKHHG"`)
  })

  it('has this form, few and many', () => {
    expect(stateOf(['a', 'b', 'c'])).toMatchInlineSnapshot(`"-w21K02W2"`)
    expect(
      foldAll(
        countDistinct(4),
        [...'abcdefgh'].map(value => ({ value, order })),
      ),
    ).toMatchInlineSnapshot(`"11205181C1D3E3"`)
  })

  it.each([
    '-',
    '-1',
    '--',
    'x1-',
    'z-1',
    '0-10-1',
    '0-20-1',
    `${'-'.repeat(255)}é`,
    '-'.repeat(256),
  ])('refuses %j', text => {
    expect(() => aggregate.read(text)).toThrow(TypeError)
  })
})

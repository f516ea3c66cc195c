import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Aggregate } from '../../../shared/aggregates/aggregate.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import { compareOrder, type RecordOrder } from '../../../shared/aggregates/latest.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { timestampOfMicros } from '../../../shared/timestamp.ts'
import { utf8Length } from '../../../shared/utf8-length.ts'

/** A value and the order of its record. */
export interface Folded {
  readonly value: Canonical
  readonly order: RecordOrder
}

interface Case {
  readonly fn: AggregateFunction
  readonly kind: string
  readonly values: fc.Arbitrary<Canonical>
  /** Expects a result of values, which are in the order of their records. */
  readonly check: (result: Canonical, values: readonly Canonical[]) => void
  /** Whether equal values give equal results whatever the order of folding; else each fits `check`. */
  readonly sameResult?: boolean
  readonly maxLength?: number
}

/** The result of values folded one by one; every state is frozen, so that a change of it would throw. */
export function foldAll<State extends Canonical>(
  aggregate: Aggregate<State>,
  all: readonly Folded[],
): State | undefined {
  let state: State | undefined
  for (const { value, order } of all) state = frozen(aggregate.fold(state, value, order))
  return state
}

export function orderAt(us: number, ingestUs = us, partition = 0, offset = us): RecordOrder {
  return { eventTime: timestampOfMicros(BigInt(us)), ingestUs, partition, offset }
}

/** Says what holds for every aggregate, and that its results are those of the definition. */
export function describeLaws(title: string, { fn, kind, values, check, ...rest }: Case): void {
  const aggregate = aggregateOf(fn, kind)
  const records = arbitraryRecords(values, rest.maxLength ?? 40)
  const same = (got: Canonical, wanted: Canonical) => {
    if (rest.sameResult !== false) expect(got).toStrictEqual(wanted)
  }
  const expected = (all: readonly Folded[], state: Canonical | undefined) => {
    const result = aggregate.finish(state)
    check(result, inOrder(all))
    return result
  }

  describe(title, () => {
    it('gives what the definition says, in whatever order the records come', () => {
      fc.assert(
        fc.property(shuffled(records), ([all, others]) => {
          const result = expected(all, foldAll(aggregate, all))
          same(expected(others, foldAll(aggregate, others)), result)
        }),
      )
    })

    it('merges into what folding one by one gives, wherever it is cut and whichever side comes first', () => {
      fc.assert(
        fc.property(records, fc.nat(), fc.nat(), (all, one, other) => {
          const [low = 0, high = 0] = [one % all.length, other % all.length].sort((a, b) => a - b)
          const pieces = [all.slice(0, low), all.slice(low, high), all.slice(high)]
          const states = pieces.map(piece => foldAll(aggregate, piece))
          const merge = (a: Canonical | undefined, b: Canonical | undefined) =>
            a === undefined || b === undefined ? (a ?? b) : frozen(aggregate.merge(a, b))
          const [a, b, c] = states
          const result = expected(all, foldAll(aggregate, all))
          same(expected(all, merge(merge(a, b), c)), result)
          same(expected(all, merge(a, merge(b, c))), result)
          same(expected(all, merge(c, merge(b, a))), result)
        }),
      )
    })

    it('is stored as JSON and read back, within the bytes that it tells', () => {
      fc.assert(
        fc.property(records, all => {
          const state = foldAll(aggregate, all)
          if (state === undefined) return
          const text = JSON.stringify(state)
          expect(aggregate.read(JSON.parse(text))).toStrictEqual(state)
          const bytes = utf8Length(text)
          expect(bytes).toBeLessThanOrEqual(aggregate.sizeOf(state) * 1.5)
          expect(bytes).toBeLessThanOrEqual(aggregate.maxBytes)
          expect(aggregate.sizeOf(state)).toBeLessThanOrEqual(aggregate.maxBytes)
        }),
      )
    })

    it('refuses a state that is damaged', () => {
      const damage = [undefined, null, true, -1, 0.5, Number.NaN, 'x', '', [], {}, [null], [[], []]]
      const unfit = damage.filter(value => !isState(kind, fn, value))
      for (const value of unfit) expect(() => aggregate.read(value)).toThrow(TypeError)
      fc.assert(
        fc.property(records, fc.nat(), (all, at) => {
          const state = foldAll(aggregate, all)
          if (!Array.isArray(state)) return
          const place = at % state.length
          const read = (value: unknown) => () => aggregate.read(value)
          expect(read(state.toSpliced(place, 1))).toThrow(TypeError)
          expect(read(state.toSpliced(place, 1, null))).toThrow(TypeError)
          expect(read([...state, 0])).toThrow(TypeError)
        }),
      )
    })
  })
}

/** Values that may well be a state: an extreme of floats is any float, a sum of integers any integer. */
function isState(kind: string, { name }: AggregateFunction, value: unknown): boolean {
  if (name === 'sum') return kind.startsWith('int') && value === -1
  if (name !== 'min' && name !== 'max') return false
  if (kind === 'string') return typeof value === 'string'
  return Number.isInteger(value) || (kind.startsWith('float') && value === 0.5)
}

/** Records with ties of event time and ingest time, but each with its own partition and offset. */
function arbitraryRecords(
  values: fc.Arbitrary<Canonical>,
  maxLength: number,
): fc.Arbitrary<readonly Folded[]> {
  const order = fc
    .tuple(fc.nat(5), fc.nat(5), fc.nat(3), fc.nat(10_000))
    .map(([us, ingestUs, partition, offset]) => orderAt(us, ingestUs, partition, offset))
  return fc.uniqueArray(fc.record({ value: values, order }), {
    selector: ({ order: { partition, offset } }) => partition * 20_000 + offset,
    minLength: 1,
    maxLength,
  })
}

function shuffled(
  records: fc.Arbitrary<readonly Folded[]>,
): fc.Arbitrary<readonly [readonly Folded[], readonly Folded[]]> {
  return records.chain(all =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
    ),
  )
}

function inOrder(all: readonly Folded[]): readonly Canonical[] {
  return [...all].sort((a, b) => compareOrder(a.order, b.order)).map(({ value }) => value)
}

function frozen<State extends Canonical>(state: State): State {
  if (typeof state === 'object' && state !== null && !Object.isFrozen(state)) {
    Object.values(state).forEach(frozen)
    Object.freeze(state)
  }
  return state
}

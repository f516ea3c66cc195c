import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AggregatedRecord, effectiveUsOf } from '../../../gateway/online/aggregated-record.ts'
import { aggregationPlan } from '../../../gateway/online/aggregation-plan.ts'
import {
  decodePiece,
  type EntityState,
  encodePiece,
  isLatest,
} from '../../../gateway/online/entity-state.ts'
import { aggregateChanges } from '../../../gateway/online/fold-aggregates.ts'
import { readAggregates } from '../../../gateway/online/read-aggregates.ts'
import { noKey } from '../../../gateway/online/tile-rows.ts'
import type { ResolvedAggregation } from '../../../gateway/registry/resolved-definitions.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import { timestampOfMicros } from '../../../shared/timestamp.ts'

const entityKey = '["a"]'
const second = 1_000_000
/** The time at which everything here happens. */
const nowUs = 1_790_000_000 * second

const functions: readonly AggregateFunction[] = [
  { name: 'count' },
  { name: 'sum' },
  { name: 'min' },
  { name: 'max' },
  { name: 'last' },
  { name: 'first' },
  { name: 'last_n', n: 3 },
  { name: 'first_n', n: 2 },
  { name: 'last_distinct', n: 2 },
  { name: 'first_distinct', n: 3 },
  { name: 'var_pop' },
  { name: 'approx_count_distinct', precision: 4 },
]

/** Windows whose spans are multiples of the interval, if there is one. */
const windowsOf = (stepMs: number): fc.Arbitrary<AggregationWindow> => {
  const span = (least: number, most: number) =>
    fc.integer({ min: least, max: most }).map(count => count * stepMs)
  return fc.oneof(
    fc.record({
      kind: fc.constant('time' as const),
      sizeMs: fc.oneof(span(1, 20), span(60, 5_000)),
      offsetMs: fc.oneof(
        fc.constant(0),
        span(0, 30).map(ms => 0 - ms),
      ),
    }),
    fc.constant({ kind: 'lifetime' as const }),
    fc
      .record({ windows: fc.integer({ min: 1, max: 6 }), sizeMs: span(1, 9), stepMs: span(1, 9) })
      .map(({ windows, sizeMs, stepMs }) => ({
        kind: 'series' as const,
        startMs: -(sizeMs + (windows - 1) * stepMs + stepMs),
        endMs: -stepMs,
        sizeMs,
        stepMs,
      })),
  )
}

const aggregations: fc.Arbitrary<ResolvedAggregation> = fc
  .record({
    intervalMs: fc.constantFrom(undefined, undefined, 1_000, 7_000, 60_000),
    hasSecondary: fc.boolean(),
    leadingEdge: fc.constantFrom('wall_clock' as const, 'latest_event_time' as const),
  })
  .chain(({ intervalMs, hasSecondary, leadingEdge }) =>
    fc
      .array(
        fc.record({
          column: fc.constantFrom('x', 'y'),
          function: fc.constantFrom(...functions),
          window: windowsOf(intervalMs ?? 1_000),
        }),
        { minLength: 1, maxLength: 5 },
      )
      .map(features => {
        const aggregates = features
          .filter(({ window }) => !hasSecondary || window.kind === 'time')
          .map((feature, at) => ({ ...feature, name: `f${at}`, columnKind: 'int64' }))
        const windows = new Map(aggregates.map(({ window }) => [JSON.stringify(window), window]))
        return {
          ...(intervalMs === undefined ? {} : { intervalMs }),
          ...(hasSecondary ? { secondaryKey: { name: 'z', kind: 'string' } } : {}),
          leadingEdge,
          keys: hasSecondary ? [...windows.values()] : [],
          aggregates,
        }
      }),
  )

const value = fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger()), {
  freq: 5,
})
const agoUs = fc.oneof(
  fc.integer({ min: 0, max: 30 * second }),
  // At the very edges of windows.
  fc.tuple(fc.nat(30), fc.integer({ min: -1, max: 1 })).map(([s, us]) => s * second + us),
  fc.integer({ min: 0, max: 6_000 * second }),
  fc.integer({ min: -3_600 * second, max: 0 }),
)
/** By code point, which is not how JavaScript orders them. */
const keysInOrder = ['p', 'q', '\uffff', '\u{1f600}']
const records = fc
  .array(
    fc.record({
      agoUs,
      ingestAgoUs: fc.integer({ min: 0, max: 10 * second }),
      key: fc.option(fc.constantFrom(...keysInOrder), { freq: 5 }),
      values: fc.tuple(value, value),
    }),
    { maxLength: 60 },
  )
  .map(all =>
    all.map(({ agoUs, ingestAgoUs, key, values }, offset): AggregatedRecord => {
      const eventTime = timestampOfMicros(BigInt(nowUs - agoUs))
      const order = { eventTime, ingestUs: nowUs - ingestAgoUs, partition: offset % 2, offset }
      return { order, effectiveUs: effectiveUsOf(order), key, values }
    }),
  )

/** What the rule says, read literally. */
function naive(
  aggregation: ResolvedAggregation,
  folded: readonly AggregatedRecord[],
  atUs: number,
): readonly Canonical[] {
  const { intervalMs, secondaryKey, leadingEdge, keys, aggregates } = aggregation
  const newest = Math.max(...folded.map(record => record.effectiveUs))
  const at = leadingEdge === 'latest_event_time' && folded.length > 0 ? newest : atUs
  const step = (intervalMs ?? 0) * 1_000
  const edge = step === 0 ? at + 1 : at - (((at % step) + step) % step)
  const within = (startUs: number, endUs: number) =>
    folded.filter(
      ({ effectiveUs, key }) =>
        effectiveUs >= startUs &&
        effectiveUs < endUs &&
        (secondaryKey === undefined || key !== null),
    )
  const windowsIn = (window: AggregationWindow): AggregatedRecord[][] => {
    if (window.kind === 'lifetime') return [within(-Infinity, edge)]
    if (window.kind === 'time') {
      const end = edge + window.offsetMs * 1_000
      return [within(end - window.sizeMs * 1_000, end)]
    }
    const all: AggregatedRecord[][] = []
    for (let ms = window.startMs + window.sizeMs; ms <= window.endMs; ms += window.stepMs) {
      all.push(within(edge + (ms - window.sizeMs) * 1_000, edge + ms * 1_000))
    }
    return all
  }
  const keysIn = (window: AggregationWindow) =>
    [...new Set((windowsIn(window)[0] ?? []).map(({ key }) => key))].sort(
      (a, b) => keysInOrder.indexOf(String(a)) - keysInOrder.indexOf(String(b)),
    )
  const compute = (fn: AggregateFunction, column: string, of: readonly AggregatedRecord[]) => {
    const aggregate = aggregateOf(fn, 'int64')
    let state: Canonical | undefined
    for (const { values, order } of of) {
      const one = values[columnsOf(aggregation).indexOf(column)] ?? null
      if (one !== null) state = aggregate.fold(state, one, order)
    }
    return aggregate.finish(state)
  }
  return [
    ...keys.map(keysIn),
    ...aggregates.map(({ function: fn, column, window }) => {
      const windows = windowsIn(window)
      if (secondaryKey !== undefined) {
        return keysIn(window).map(key =>
          compute(
            fn,
            column,
            (windows[0] ?? []).filter(record => record.key === key),
          ),
        )
      }
      const computed = windows.map(of => compute(fn, column, of))
      return window.kind === 'series' ? computed : (computed[0] ?? null)
    }),
  ]
}

function columnsOf({ aggregates }: ResolvedAggregation): string[] {
  return [...new Set(aggregates.map(({ column }) => column))]
}

/** Variances of the same values in another order agree within a part in a billion. */
function rounded(value: Canonical): Canonical {
  if (Array.isArray(value)) return value.map(rounded)
  return typeof value === 'number' && !Number.isSafeInteger(value)
    ? Number(value.toPrecision(9))
    : value
}

describe('aggregates of an entity', () => {
  it('are those of the records in each window, whatever their order, and stored in between', () => {
    fc.assert(
      fc.property(
        aggregations,
        records,
        fc.array(fc.nat(59), { maxLength: 4 }),
        fc.array(
          fc.oneof(
            fc.nat(7_000 * second),
            fc.nat(30).map(s => s * second),
          ),
          { maxLength: 4 },
        ),
        (aggregation, folded, stored, laterUs) => {
          fc.pre(aggregation.aggregates.length > 0)
          const plan = aggregationPlan(aggregation)
          const items = new Map<string, EntityState>()
          for (const [at, one] of folded.entries()) {
            const record = aggregation.secondaryKey === undefined ? { ...one, key: noKey } : one
            for (const { itemKey, change } of aggregateChanges(plan, entityKey, record)) {
              const before = items.get(itemKey)
              items.set(itemKey, change(before))
            }
            if (!stored.includes(at)) continue
            for (const [key, state] of items) {
              if (!isLatest(state)) items.set(key, decodePiece(encodePiece(state)))
            }
          }
          for (const later of [0, ...laterUs]) {
            const read = readAggregates(plan, entityKey, nowUs + later, key => items.get(key))
            const wanted = naive(aggregation, folded, nowUs + later)
            expect(read.values.map(rounded)).toEqual(wanted.map(rounded))
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

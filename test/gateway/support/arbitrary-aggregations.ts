import fc from 'fast-check'
import { type AggregatedRecord, effectiveUsOf } from '../../../gateway/online/aggregated-record.ts'
import type { ResolvedAggregation } from '../../../gateway/registry/resolved-definitions.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import { timestampOfMicros } from '../../../shared/timestamp.ts'

export const second = 1_000_000
/** The time at which everything here happens. */
export const nowUs = 1_790_000_000 * second

export const functions: readonly AggregateFunction[] = [
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

export const aggregations: fc.Arbitrary<ResolvedAggregation> = fc
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
export const keysInOrder = ['p', 'q', '\uffff', '\u{1f600}']
export const records = fc
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

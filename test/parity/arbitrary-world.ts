import fc from 'fast-check'
import type { AggregateFunction } from '../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../shared/aggregates/aggregation-window.ts'

/** A view as plain choices, of which the definition that is applied is made, and the one that judges it. */
export interface ChosenView {
  readonly kind: 'attributes' | 'aggregates'
  readonly byRoom: boolean
  /** Applied when half of the records are there. */
  readonly isLate: boolean
  readonly ttlSeconds?: number
  readonly intervalSeconds?: number
  readonly secondaryKey?: 'shop' | 'room'
  readonly isNewest: boolean
  readonly isFiltered: boolean
  readonly aggregates: readonly ChosenAggregate[]
}

export interface ChosenAggregate {
  readonly column: Column
  readonly function: AggregateFunction
  readonly window: AggregationWindow
}

/** Columns that are aggregated, by type. */
export const columns = {
  n: 'int64',
  i: 'int32',
  x: 'float64',
  s: 'string',
  doubled: 'int64',
} as const
export type Column = keyof typeof columns

export interface ChosenRecord {
  readonly user: string
  readonly room: number
  readonly shop: string | null
  /** Seconds before it is pushed, below 0 where the device's clock is ahead. */
  readonly ago: number
  readonly n: bigint | null
  readonly i: number
  readonly x: number | null
  readonly s: string | null
}

export interface World {
  readonly partitions: 1 | 2 | 4
  readonly views: readonly ChosenView[]
  /** What is pushed before each reading, by so many producers. */
  readonly rounds: readonly (readonly ChosenRecord[])[]
  /** After which rounds the tail is rolled. */
  readonly rolled: readonly boolean[]
}

const numbers: readonly AggregateFunction[] = [
  { name: 'sum' },
  { name: 'mean' },
  { name: 'stddev_pop' },
  { name: 'stddev_samp' },
  { name: 'var_pop' },
  { name: 'var_samp' },
  { name: 'approx_percentile', percentile: 0.9, precision: 20 },
  { name: 'approx_percentile', percentile: 0.5, precision: 100 },
]
const anything: readonly AggregateFunction[] = [
  { name: 'count' },
  { name: 'min' },
  { name: 'max' },
  { name: 'last' },
  { name: 'first' },
  { name: 'last_n', n: 3 },
  { name: 'first_n', n: 4 },
]
const identities: readonly AggregateFunction[] = [
  { name: 'last_distinct', n: 2 },
  { name: 'first_distinct', n: 3 },
  { name: 'approx_count_distinct', precision: 8 },
]
const functionsOf = (column: Column): readonly AggregateFunction[] => {
  const kind = columns[column]
  if (kind === 'string') return [...anything, ...identities]
  return kind === 'float64' ? [...anything, ...numbers] : [...anything, ...numbers, ...identities]
}

const windows = (stepMs: number, isPlain: boolean): fc.Arbitrary<AggregationWindow> => {
  const span = (most: number) => fc.integer({ min: 1, max: most }).map(count => count * stepMs)
  const time = fc.record({
    kind: fc.constant('time' as const),
    sizeMs: fc.oneof(span(30), span(5_000)),
    offsetMs: fc.oneof(
      fc.constant(0),
      span(60).map(ms => -ms),
    ),
  })
  if (isPlain) return time
  const series = fc
    .tuple(fc.integer({ min: 1, max: 5 }), span(40), span(40), fc.nat(3))
    .map(([windows, sizeMs, stepMs_, ends]) => ({
      kind: 'series' as const,
      startMs: -(sizeMs + (windows - 1) * stepMs_ + ends * stepMs),
      endMs: 0 - ends * stepMs,
      sizeMs,
      stepMs: stepMs_,
    }))
  return fc.oneof(
    { weight: 4, arbitrary: time },
    { weight: 1, arbitrary: fc.constant({ kind: 'lifetime' as const }) },
    { weight: 1, arbitrary: series },
  )
}

const view: fc.Arbitrary<ChosenView> = fc
  .record({
    kind: fc.constantFrom('attributes' as const, 'aggregates' as const, 'aggregates' as const),
    byRoom: fc.boolean(),
    isLate: fc.boolean(),
    ttlSeconds: fc.constantFrom(undefined, 60, 3_600),
    intervalSeconds: fc.constantFrom(undefined, undefined, 1, 60),
    secondaryKey: fc.constantFrom(undefined, undefined, 'shop' as const, 'room' as const),
    isNewest: fc.boolean(),
    isFiltered: fc.boolean(),
  })
  .chain(({ ttlSeconds, intervalSeconds, secondaryKey, ...chosen }) =>
    fc
      .uniqueArray(
        fc
          .constantFrom<Column[]>(
            'n',
            'i',
            'x',
            's',
            ...(chosen.isFiltered ? ['doubled' as const] : []),
          )
          .chain(column =>
            fc.record({
              column: fc.constant(column),
              function: fc.constantFrom(...functionsOf(column)),
              window: windows((intervalSeconds ?? 1) * 1_000, secondaryKey !== undefined),
            }),
          ),
        { minLength: 1, maxLength: 6, selector: one => JSON.stringify(one) },
      )
      .map(aggregates => ({
        ...chosen,
        aggregates,
        ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
        ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
        ...(secondaryKey === undefined ? {} : { secondaryKey }),
      })),
  )

const record: fc.Arbitrary<ChosenRecord> = fc.record({
  user: fc.constantFrom('a', 'b', 'c'),
  room: fc.integer({ min: 0, max: 2 }),
  shop: fc.option(fc.constantFrom('p', 'q', '\u{1f600}', '\uffff'), { freq: 4 }),
  ago: fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 6_000 }),
    fc.double({ min: 0, max: 90, noNaN: true }),
    fc.integer({ min: -3_000, max: 0 }),
  ),
  n: fc.option(
    fc.oneof(
      fc.bigInt({ min: -99n, max: 99n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ),
    { freq: 5 },
  ),
  i: fc.integer({ min: -9, max: 9 }),
  x: fc.option(
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map(one => one / 1_000),
    { freq: 5 },
  ),
  s: fc.option(fc.constantFrom('', 'é', 'z', '\u{1f600}', '\uffff'), { freq: 5 }),
})

/** Some views, and records in some rounds. */
export const worlds: fc.Arbitrary<World> = fc.record({
  partitions: fc.constantFrom(1 as const, 2 as const, 4 as const),
  views: fc.array(view, { minLength: 2, maxLength: 3 }),
  rounds: fc.array(fc.array(record, { maxLength: 60 }), { minLength: 2, maxLength: 3 }),
  rolled: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
})

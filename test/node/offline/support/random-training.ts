import fc from 'fast-check'
import type { AggregateFunction } from '../../../../shared/aggregates/aggregate-function.ts'
import { plainFunctions } from '../../../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../../../shared/aggregates/aggregation-window.ts'
import type { NaiveAggregate, NaiveRecord, NaiveView } from '../../../support/naive-features.ts'

/** The columns of the random log; keys first. */
export const columns = [
  { name: 'e', kind: 'string' },
  { name: 'place', kind: 'int64' },
  { name: 'amt', kind: 'float64' },
  { name: 'n', kind: 'int64' },
  { name: 'txt', kind: 'string' },
  { name: 'flag', kind: 'bool' },
  { name: 's', kind: 'string' },
] as const

export interface LogRecord extends NaiveRecord {
  readonly key: readonly [string, number]
}
export interface TrainingCase {
  /** From where on its times are, in microseconds. */
  readonly base: bigint
  readonly view: NaiveView
  readonly log: readonly LogRecord[]
  readonly events: readonly { readonly key: readonly [string, number]; readonly momentUs: bigint }[]
}

const second = 1_000_000n
const micros = fc.tuple(
  fc.integer({ min: 0, max: 24 }),
  fc.constantFrom(0n, 0n, 0n, 1n, -1n, 400_000n),
)
/** Times that meet, miss by a microsecond, or lie between; some before 1970. */
const timeFrom = (base: bigint) => micros.map(([at, jitter]) => base + BigInt(at) * second + jitter)
const coarseFrom = (base: bigint) => fc.constantFrom(base, base + 4n * second, base + 8n * second)
const key = fc.tuple(fc.constantFrom('a', 'b', 'q\'"é'), fc.constantFrom(1, -2))
const nullable = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 4, nil: null })

const values = fc.record({
  amt: nullable(fc.constantFrom(0, 0.1, -2.5, 1e-9, 12345.678, 1e15, -7, 3, 0.3)),
  n: nullable(
    fc.constantFrom(
      0,
      1,
      -5,
      7,
      '9223372036854775807',
      '-9223372036854775808',
      '4611686018427387904',
    ),
  ),
  txt: nullable(fc.constantFrom('', 'a', 'A', 'é', '😀', '￿', '\ufefflong', 'zz')),
  flag: nullable(fc.boolean()),
  s: nullable(fc.constantFrom('x', 'y', 'é', '')),
})

const logOf = (base: bigint) =>
  fc
    .array(
      fc.record({
        key,
        values,
        event: fc.option(fc.oneof(coarseFrom(base), timeFrom(base)), { freq: 12, nil: undefined }),
        ingestUs: fc.oneof(fc.constantFrom(base + 4n * second, base + 9n * second), timeFrom(base)),
        partition: fc.nat({ max: 1 }),
      }),
      { maxLength: 40 },
    )
    .map(records =>
      records.map(
        ({ key, values, event, ingestUs, partition }, at): LogRecord => ({
          key,
          values: { ...values, e: key[0], place: key[1] },
          ...(event === undefined ? {} : { eventUs: event }),
          ingestUs,
          partition,
          // Offsets begin in each partition, so that the partition decides first.
          offset: records.slice(0, at).filter(other => other.partition === partition).length,
        }),
      ),
    )

const fn: fc.Arbitrary<AggregateFunction> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...plainFunctions).map(name => ({ name })) },
  fc.record({
    name: fc.constantFrom('last_n', 'first_n', 'last_distinct', 'first_distinct'),
    n: fc.constantFrom(1, 2, 3, 1_000),
  }),
  fc.constant({ name: 'approx_count_distinct', precision: 8 } as const),
  fc.record({
    name: fc.constant('approx_percentile' as const),
    percentile: fc.constantFrom(0, 0.25, 0.5, 0.9, 1),
    precision: fc.constant(100),
  }),
)

const timeWindow = (step: number) =>
  fc.record({
    kind: fc.constant('time' as const),
    sizeMs: fc.integer({ min: 1, max: 6 }).map(count => count * step),
    offsetMs: fc.constantFrom(0, 0, -1, -3).map(count => count * step + 0),
  })
const anyWindow = (step: number): fc.Arbitrary<AggregationWindow> =>
  fc.oneof(
    { weight: 3, arbitrary: timeWindow(step) },
    fc.constant({ kind: 'lifetime' } as const),
    fc.record({
      kind: fc.constant('series' as const),
      startMs: fc.constantFrom(-5, -8, -3).map(count => count * step),
      endMs: fc.constantFrom(0, 0, -1).map(count => count * step + 0),
      sizeMs: fc.constantFrom(1, 2).map(count => count * step),
      stepMs: fc.constantFrom(1, 2, 3).map(count => count * step),
    }),
  )

const numeric = ['amt', 'n'] as const
const fitting = (one: AggregateFunction): readonly string[] => {
  if (/^(sum|mean|var|stddev)/.test(one.name) || one.name === 'approx_percentile') return numeric
  return ['amt', 'n', 'txt', 'flag', 'e']
}
const kindOf = (column: string) => columns.find(({ name }) => name === column)?.kind ?? 'string'

const aggregatesOf = (window: fc.Arbitrary<AggregationWindow>) =>
  fc
    .array(
      fn.chain(one => fc.tuple(fc.constant(one), fc.constantFrom(...fitting(one)), window)),
      { minLength: 1, maxLength: 6 },
    )
    .map(all =>
      all.map(
        ([fn, column, window], at): NaiveAggregate => ({
          name: at % 2 ? `f${at}` : `w${at}`,
          column,
          kind: kindOf(column),
          fn,
          window,
        }),
      ),
    )

const leadingEdge = fc.constantFrom('wall_clock' as const, 'latest_event_time' as const)
const aggregateView: fc.Arbitrary<NaiveView> = fc
  .tuple(fc.constantFrom(undefined, undefined, 1_000, 2_000, 5_000), leadingEdge, fc.boolean())
  .chain(([intervalMs, leadingEdge, isSecond]) => {
    const step = intervalMs ?? 1_000
    const windows = isSecond ? timeWindow(step) : anyWindow(step)
    return aggregatesOf(windows).map(aggregates => ({
      attributes: [],
      aggregates,
      leadingEdge,
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(isSecond
        ? { secondaryKey: { column: 's', kind: 'string', keys: keysOf(aggregates) } }
        : {}),
    }))
  })

function keysOf(aggregates: readonly NaiveAggregate[]) {
  const windows = new Map(aggregates.map(({ window }) => [JSON.stringify(window), window]))
  return [...windows.values()].map((window, at) => ({ name: `s_keys_${at}`, window }))
}

const attributeView: fc.Arbitrary<NaiveView> = fc
  .constantFrom(undefined, 1_000, 3_000, 5_000)
  .map(ttlMs => ({
    attributes: ['amt', 'n', 'txt', 'flag'].map(column => ({ name: `the_${column}`, column })),
    aggregates: [],
    leadingEdge: 'wall_clock',
    ...(ttlMs === undefined ? {} : { ttlMs }),
  }))

/** A view with a log and events: with ties, nulls, late and future-stamped records, and several entities. */
export const trainingCase: fc.Arbitrary<TrainingCase> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: aggregateView }, attributeView),
    fc.constantFrom(1_700_000_000n * second, 0n, -11n * second),
  )
  .chain(([view, base]) =>
    fc.record({
      base: fc.constant(base),
      view: fc.constant(view),
      log: logOf(base),
      events: fc.array(fc.record({ key, momentUs: timeFrom(base) }), {
        minLength: 1,
        maxLength: 8,
      }),
    }),
  )

import { Aggregate } from '../../shared/definitions/aggregate.ts'
import { last, lastDistinct } from '../../shared/definitions/aggregation-functions.ts'
import type { Duration } from '../../shared/definitions/duration.ts'
import type { EntityDefinition } from '../../shared/definitions/entity.ts'
import {
  type FeatureViewDefinition,
  StreamFeatureView,
} from '../../shared/definitions/stream-feature-view.ts'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import {
  LifetimeWindow,
  TimeWindow,
  TimeWindowSeries,
} from '../../shared/definitions/time-windows.ts'
import { ge } from '../../shared/expressions/build-logic.ts'
import { add } from '../../shared/expressions/build-numbers.ts'
import { col } from '../../shared/expressions/columns.ts'
import { transform } from '../../shared/expressions/transformation.ts'
import { Field, Int64, String } from '../../shared/types.ts'

/**
 * Views of `events` that aggregate: continuously, over whole intervals, by a secondary key, and what a filter leaves.
 */
export const aggregateViewNames = ['tallied', 'spanned', 'keyed', 'filtered'] as const
export type AggregateViewName = (typeof aggregateViewNames)[number]

/** How aggregate views are declared: not, as at first, or with other windows, which makes them others. */
export type Aggregation = 'none' | 'first' | 'other'

/** The lifetime's count of the continuous view, which a record is in from its acknowledgement on. */
export const lifetimeCount = 'all'

const id = Field('id', String)
const n = Field('n', Int64)
/** What the filter keeps. */
const leastKept = 2
const moreBy = 10

/**
 * Declares aggregate views. A run takes some minutes, of which event times are spread over the first two: windows
 * are short, for readings in mid-flow, or end in what lies behind the readings at rest.
 */
export function aggregateViewsOf(
  source: AnySource,
  entity: EntityDefinition,
  names: readonly AggregateViewName[],
  aggregation: Aggregation,
): FeatureViewDefinition[] {
  if (aggregation === 'none') return []
  const short: Duration = aggregation === 'first' ? '9s' : '14s'
  const long: Duration = aggregation === 'first' ? '4m' : '5m'
  const shared = { source, entities: [entity] }
  const views: { readonly [name in AggregateViewName]: () => FeatureViewDefinition } = {
    tallied: () =>
      StreamFeatureView({
        ...shared,
        name: 'tallied',
        features: [
          Aggregate({ inputColumn: id, function: 'count', timeWindow: short }),
          Aggregate({ inputColumn: n, function: 'sum', timeWindow: short }),
          // Long enough that tiles of it have few siblings, so that there are three widths.
          Aggregate({ inputColumn: id, function: last(100), timeWindow: long }),
          Aggregate({
            inputColumn: n,
            function: 'sum',
            timeWindow: TimeWindow({ windowSize: '20s', offset: '-2m' }),
          }),
          // So far back that a narrowest tile holds nearly a second.
          Aggregate({
            inputColumn: id,
            function: 'count',
            timeWindow: TimeWindow({ windowSize: '20m', offset: '-40m' }),
          }),
          Aggregate({
            name: lifetimeCount,
            inputColumn: id,
            function: 'count',
            timeWindow: LifetimeWindow(),
          }),
        ],
      }),
    spanned: () =>
      StreamFeatureView({
        ...shared,
        name: 'spanned',
        aggregationInterval: '3s',
        features: [
          Aggregate({
            inputColumn: id,
            function: last(3),
            timeWindow: short === '9s' ? '9s' : '15s',
          }),
          Aggregate({
            inputColumn: n,
            function: 'sum',
            timeWindow: TimeWindowSeries({ seriesStart: `-${long}`, windowSize: '30s' }),
          }),
          Aggregate({ inputColumn: id, function: 'count', timeWindow: LifetimeWindow() }),
          Aggregate({ inputColumn: n, function: lastDistinct(2), timeWindow: LifetimeWindow() }),
        ],
      }),
    keyed: () =>
      StreamFeatureView({
        ...shared,
        name: 'keyed',
        aggregationSecondaryKey: 'n',
        aggregationLeadingEdge: 'latest_event_time',
        features: [
          Aggregate({ inputColumn: id, function: 'count', timeWindow: short }),
          Aggregate({ inputColumn: id, function: last(2), timeWindow: '40m' }),
        ],
      }),
    filtered: () =>
      StreamFeatureView({
        ...shared,
        name: 'filtered',
        aggregationLeadingEdge: 'latest_event_time',
        transformation: transform({
          filter: ge(col(n), BigInt(leastKept)),
          columns: { more: add(col(n), BigInt(moreBy)) },
        }),
        features: [
          Aggregate({ inputColumn: Field('more', Int64), function: 'sum', timeWindow: short }),
          Aggregate({ inputColumn: Field('more', Int64), function: 'max', timeWindow: '1h' }),
          Aggregate({ inputColumn: id, function: 'first', timeWindow: long }),
          Aggregate({ inputColumn: id, function: 'count', timeWindow: LifetimeWindow() }),
        ],
      }),
  }
  return names.map(name => views[name]())
}

/** What a view folds of a row, or nothing: the filter and the derived column, as this file declares them. */
export function aggregatedValues(
  view: string,
  { id, n }: { readonly id: string; readonly n: number },
): { readonly [column: string]: unknown } | undefined {
  if (view !== 'filtered') return { id, n }
  return n >= leastKept ? { id, n, more: n + moreBy } : undefined
}

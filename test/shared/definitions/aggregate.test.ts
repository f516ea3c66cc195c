import { describe, expect, it } from 'vitest'
import { readFeatureView } from '../../../shared/definitions/stream-feature-view.ts'
import {
  Aggregate,
  approxPercentile,
  first,
  LifetimeWindow,
  last,
  TimeWindow,
  TimeWindowSeries,
} from '../../../shared/index.ts'
import { Field, Float64, Int64, String } from '../../../shared/types.ts'

import { amt, base } from '../payments.ts'

describe('an aggregate', () => {
  it.each([
    [{ function: 'sum', timeWindow: '1h' }, undefined, 'amt_sum_1h_continuous'],
    [{ function: 'mean', timeWindow: '60m' }, '10m', 'amt_mean_1h_10m'],
    [{ function: 'stddev_pop', timeWindow: '3600s' }, '90s', 'amt_stddev_pop_1h_90s'],
    [
      { function: 'count', timeWindow: LifetimeWindow() },
      undefined,
      'amt_count_lifetime_continuous',
    ],
    [{ function: last(3), timeWindow: '24h' }, undefined, 'amt_last_3_1d_continuous'],
    [{ function: first(1), timeWindow: '30d' }, undefined, 'amt_first_1_30d_continuous'],
    [
      { function: approxPercentile({ percentile: 0.9 }), timeWindow: '1h' },
      undefined,
      'amt_approx_percentile_p90_1h_continuous',
    ],
    [
      { function: approxPercentile({ percentile: 0.999 }), timeWindow: '1h' },
      undefined,
      'amt_approx_percentile_p99p9_1h_continuous',
    ],
    [
      { function: 'max', timeWindow: TimeWindow({ windowSize: '1h', offset: '-7d' }) },
      undefined,
      'amt_max_1h_offset_7d_continuous',
    ],
    [
      { function: 'max', timeWindow: TimeWindowSeries({ seriesStart: '-1d', windowSize: '1h' }) },
      '1h',
      'amt_max_1h_series_1d_to_0s_step_1h_1h',
    ],
  ] as const)('has a name where none is given: %#', (options, aggregationInterval, name) => {
    const view = readFeatureView({
      ...base,
      features: [Aggregate({ inputColumn: amt, ...options })],
      ...(aggregationInterval === undefined ? {} : { aggregationInterval }),
    })
    expect(view.features.map(feature => feature.name)).toEqual([name])
  })

  it.each([
    ['a function that is none', { function: 'median' }, /function is one of count, sum/],
    ['a function with what it has not', { function: { name: 'sum', n: 3 } }, /no option "n"/],
    [
      'a list of none',
      { function: { name: 'last_n', n: 0 } },
      /n is a whole number from 1 to 1000/,
    ],
    [
      'a precision beyond',
      { function: { name: 'approx_count_distinct', precision: 17 } },
      /from 4 to 16/,
    ],
    [
      'a percentile in percent',
      { function: { name: 'approx_percentile', percentile: 90, precision: 100 } },
      /from 0 to 1/,
    ],
    ['a window without unit', { timeWindow: '60' }, /timeWindow is a duration/],
    [
      'a window of no length',
      { timeWindow: { kind: 'time', sizeMs: 0, offsetMs: 0 } },
      /whole seconds/,
    ],
    [
      'a window ahead',
      { timeWindow: { kind: 'time', sizeMs: 1_000, offsetMs: 1_000 } },
      /whole seconds/,
    ],
    [
      'a window of another kind',
      { timeWindow: { kind: 'session' } },
      /TimeWindow, LifetimeWindow or TimeWindowSeries/,
    ],
    [
      'a series of too many',
      {
        timeWindow: { kind: 'series', startMs: -2_000_000, endMs: 0, sizeMs: 1_000, stepMs: 1_000 },
      },
      /1 to 1000 windows .* this one has 2000/,
    ],
    [
      'a series that ends before it begins',
      { timeWindow: { kind: 'series', startMs: -1_000, endMs: 0, sizeMs: 2_000, stepMs: 1_000 } },
      /this one has 0/,
    ],
    [
      'a column that is none',
      { inputColumn: Field('tip', Float64) },
      /There is no column "tip" in the source "payments"/,
    ],
    [
      'a column of another type',
      { inputColumn: Field('amt', Int64) },
      /"amt" .* is float64, but here .* int64/,
    ],
    [
      'a column that cannot be summed',
      { inputColumn: Field('user', String) },
      /sum has no meaning for the string column "user"/,
    ],
  ])('is refused with a sentence: %s', (_, wrong, sentence) => {
    const aggregate = { kind: 'aggregate', inputColumn: amt, function: 'sum', timeWindow: '1h' }
    const view = { ...base, features: [{ ...aggregate, ...wrong }] }
    expect(() => readFeatureView(view)).toThrow(sentence)
  })

  it.each([
    [
      'an interval that does not divide',
      { aggregationInterval: '7m' },
      /1h \(sizeMs\) is no multiple of the aggregationInterval 7m/,
    ],
    ['a time to live', { ttl: '1d' }, /ttl belongs to Attributes/],
    [
      'a secondary key that is no column',
      { aggregationSecondaryKey: 'mall' },
      /aggregationSecondaryKey is a column/,
    ],
    [
      'a secondary key of a float',
      { aggregationSecondaryKey: 'amt' },
      /of type String, Int64 or Int32/,
    ],
    [
      'a leading edge that is none',
      { aggregationLeadingEdge: 'now' },
      /wall_clock or latest_event_time/,
    ],
    [
      'attributes beside it',
      {
        features: [
          Aggregate({ inputColumn: amt, function: 'sum', timeWindow: '1h' }),
          { kind: 'attribute', name: 'amt', dtype: Float64 },
        ],
      },
      /all Attributes or all Aggregates/,
    ],
    [
      'itself again',
      {
        features: [1, 2].map(() =>
          Aggregate({ inputColumn: amt, function: 'sum', timeWindow: '1h' }),
        ),
      },
      /"amt_sum_1h_continuous" and "amt_sum_1h_continuous" are the same name/,
    ],
    [
      'every key there ever was',
      {
        aggregationSecondaryKey: 'shop',
        features: [Aggregate({ inputColumn: amt, function: 'sum', timeWindow: LifetimeWindow() })],
      },
      /state without bound/,
    ],
    [
      'a series by key',
      {
        aggregationSecondaryKey: 'shop',
        features: [
          Aggregate({
            inputColumn: amt,
            function: 'sum',
            timeWindow: TimeWindowSeries({ seriesStart: '-1d', windowSize: '1h' }),
          }),
        ],
      },
      /A series has no secondary key/,
    ],
  ])('makes no view with %s', (_, wrong, sentence) => {
    const features = [Aggregate({ inputColumn: amt, function: 'sum', timeWindow: '1h' })]
    expect(() => readFeatureView({ ...base, features, ...wrong })).toThrow(sentence)
  })
})

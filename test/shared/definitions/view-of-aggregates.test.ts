import { describe, expect, it } from 'vitest'
import { encodeFeatureView } from '../../../shared/definitions/encode-definitions.ts'
import { servedFeatures } from '../../../shared/definitions/served-features.ts'
import { readFeatureView } from '../../../shared/definitions/stream-feature-view.ts'
import { columns, gt, multiply, transform } from '../../../shared/expressions.ts'
import { encodeType } from '../../../shared/fields/encode-fields.ts'
import {
  Aggregate,
  approxCountDistinct,
  FeatureService,
  firstDistinct,
  lastDistinct,
  StreamFeatureView,
  TimeWindow,
} from '../../../shared/index.ts'
import { Field, Float64, Int64, String } from '../../../shared/types.ts'
import {
  canonicalJson,
  decodeDefinitions,
  workspaceDefinitions,
} from '../../../shared/workspace-definitions.ts'

import { amt, base, payments } from '../payments.ts'

const items = Field('items', Int64)

describe('a view of aggregates', () => {
  const c = columns(payments.schema)
  const view = StreamFeatureView({
    ...base,
    aggregationSecondaryKey: 'shop',
    aggregationInterval: '1m',
    aggregationLeadingEdge: 'latest_event_time',
    transformation: transform({
      filter: gt(c.items, 0n),
      columns: { dozens: multiply(c.items, 12n) },
    }),
    features: [
      Aggregate({ inputColumn: Field('dozens', Int64), function: 'sum', timeWindow: '1h' }),
      Aggregate({ inputColumn: items, function: lastDistinct(2), timeWindow: '1h' }),
      Aggregate({ inputColumn: items, function: firstDistinct(2), timeWindow: '2h' }),
      Aggregate({
        name: 'people',
        inputColumn: Field('user', String),
        function: approxCountDistinct({ precision: 12 }),
        timeWindow: TimeWindow({ windowSize: '1h', offset: '-1h' }),
        description: 'About how many.',
        tags: { team: 'growth' },
      }),
    ],
  })

  it('serves the keys of each window, and lists beside them', () => {
    const served = servedFeatures(view).map(({ name, dtype }) => [name, encodeType(dtype)])
    const listOf = (element: unknown) => ({ kind: 'array', element })
    expect(served).toEqual([
      ['shop_keys_1h', listOf('string')],
      ['shop_keys_2h', listOf('string')],
      ['shop_keys_1h_offset_1h', listOf('string')],
      ['dozens_sum_1h_1m', listOf('int64')],
      ['items_last_distinct_2_1h_1m', listOf(listOf('int64'))],
      ['items_first_distinct_2_2h_1m', listOf(listOf('int64'))],
      ['people', listOf('int64')],
    ])
  })

  it('is the same after it went as JSON', () => {
    const service = FeatureService({ name: 'people', features: [view] })
    const definitions = workspaceDefinitions({ name: 'shop', live: true }, [service])
    const canonical = canonicalJson(definitions)
    const [read] = decodeDefinitions(JSON.parse(canonical)).featureViews
    expect(read && encodeFeatureView(read)).toEqual(encodeFeatureView(view))
    expect(canonicalJson(decodeDefinitions(JSON.parse(canonical)))).toBe(canonical)
  })

  it('has transformations of its source alone, with columns of their own', () => {
    const other = columns([Field('tip', Float64)])
    const features = [Aggregate({ inputColumn: amt, function: 'sum', timeWindow: '1h' })]
    const refused = (transformation: unknown) => () =>
      readFeatureView({ ...base, features, transformation })
    expect(refused(transform({ filter: gt(other.tip, 1) }))).toThrow(/no column "tip"/)
    expect(refused(transform({ columns: { amt: c.items } }))).toThrow(/are the same name/)
    expect(refused({ filter: true })).toThrow(/made by transform of tidegate\/expressions/)
    expect(() => transform({})).toThrow(/neither a filter nor a column/)
  })
})

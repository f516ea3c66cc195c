import { afterAll, beforeAll, expect, test } from 'vitest'
import { columns, gt, multiply, transform } from '../../shared/expressions.ts'
import {
  Aggregate,
  Attribute,
  approxPercentile,
  Entity,
  FeatureService,
  LifetimeWindow,
  last,
  PushConfig,
  StreamFeatureView,
  StreamSource,
  TimeWindow,
  TimeWindowSeries,
} from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const amount = Field('amount', Int64, { nullable: true })
const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [Field('user', String), Field('shop', String), Field('at', Timestamp), amount],
})
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const c = columns(payments.schema)

const continuous = StreamFeatureView({
  name: 'spent',
  source: payments,
  entities: [user],
  features: [
    Aggregate({ inputColumn: amount, function: 'sum', timeWindow: '1h' }),
    Aggregate({ inputColumn: amount, function: 'count', timeWindow: '1h' }),
    Aggregate({ inputColumn: amount, function: 'count', timeWindow: LifetimeWindow() }),
    Aggregate({
      inputColumn: amount,
      function: 'sum',
      timeWindow: TimeWindow({ windowSize: '1d', offset: '-1h' }),
    }),
    Aggregate({ inputColumn: amount, function: last(2), timeWindow: '30d' }),
    Aggregate({
      inputColumn: amount,
      function: approxPercentile({ percentile: 0.5 }),
      timeWindow: '1h',
      name: 'median',
    }),
    Aggregate({
      inputColumn: amount,
      function: 'count',
      timeWindow: TimeWindowSeries({ seriesStart: '-3h', windowSize: '1h' }),
      name: 'by_hour',
    }),
  ],
})
const byShop = StreamFeatureView({
  name: 'by_shop',
  source: payments,
  entities: [user],
  aggregationSecondaryKey: 'shop',
  features: [Aggregate({ inputColumn: amount, function: 'sum', timeWindow: '1d' })],
})
const tiled = StreamFeatureView({
  name: 'tiled',
  source: payments,
  entities: [user],
  aggregationInterval: '1h',
  features: [Aggregate({ inputColumn: amount, function: 'count', timeWindow: '2h' })],
})
const large = StreamFeatureView({
  name: 'large',
  source: payments,
  entities: [user],
  transformation: transform({
    filter: gt(c.amount, 10n),
    columns: { cents: multiply(c.amount, 100n) },
  }),
  features: [Attribute('cents', Int64)],
})
const service = FeatureService({ name: 'payments', features: [continuous, byShop, tiled, large] })

const minuteMs = 60_000
/** Minutes before now, shop, amount; the last device's clock is ahead. */
const pushed: readonly (readonly [minutes: number, shop: string, amount: bigint | null])[] = [
  [150, 'a', 5n],
  [50, 'a', 20n],
  [10, 'b', null],
  [5, 'b', 7n],
  [-30, 'c', 100n],
]

const wanted = {
  'by_shop.shop_keys_1d': ['a', 'b', 'c'],
  'by_shop.amount_sum_1d_continuous': ['25', '7', '100'],
  'large.cents': '10000',
  'spent.amount_sum_1h_continuous': '127',
  'spent.amount_count_1h_continuous': '3',
  'spent.amount_count_lifetime_continuous': '4',
  'spent.amount_sum_1d_offset_1h_continuous': '5',
  'spent.amount_last_2_30d_continuous': ['7', '100'],
  'spent.median': 20,
  'spent.by_hour': ['1', '0', '3'],
}

test('aggregates are of what was acknowledged, at once, after a restart, and for a view that comes later', async () => {
  const line = gateway.line()
  const laterViews = ['spent', 'by_shop', 'tiled', 'large']
  await line.apply([payments, FeatureService({ name: 'spent', features: [continuous] })])
  const nowMs = Date.now()
  const client = line.client()
  for (const [minutes, shop, amount] of pushed) {
    client.push(payments, { user: 'u', shop, amount, at: new Date(nowMs - minutes * minuteMs) })
  }
  await client.close()
  const own = Object.entries(wanted).filter(([name]) => name.startsWith('spent.'))
  expect(await line.features('spent', { user: 'u' })).toMatchObject({
    values: Object.fromEntries(own),
    statuses: own.map(() => 'PRESENT'),
  })
  expect((await line.features('spent', { user: 'nobody' })).values).toEqual({
    'spent.amount_sum_1h_continuous': null,
    'spent.amount_count_1h_continuous': '0',
    'spent.amount_count_lifetime_continuous': '0',
    'spent.amount_sum_1d_offset_1h_continuous': null,
    'spent.amount_last_2_30d_continuous': [],
    'spent.median': null,
    'spent.by_hour': ['0', '0', '0'],
  })

  await line.roll('payments')
  await line.apply([payments, FeatureService({ name: 'spent', features: [continuous] }), service])
  const served = async () => {
    const { statuses } = await line.features('payments', { user: 'u' })
    return statuses.every(status => status !== 'UNKNOWN') && statuses.length
  }
  await expect.poll(served, { timeout: 20_000, interval: 200 }).toBe(laterViews.length + 7)
  await gateway.evictAll()

  const { values, effectiveTimes } = await line.features('payments', { user: 'u' })
  const { 'tiled.amount_count_2h_1h': tiledCount, ...others } = values
  expect(others).toEqual(wanted)
  // Whole hours: the moment of the reading decides which, and it is told. What is ahead counts from its arrival.
  const endMs = Date.parse(effectiveTimes.at(-1) ?? '')
  expect(endMs % 3_600_000).toBe(0)
  const stored = await line.dataFrame('payments', '?columns=at,amount,_ingest_ts')
  const counted = stored.filter(text => {
    const { at, amount, _ingest_ts } = JSON.parse(text)
    const atMs = Math.min(Date.parse(at), Date.parse(_ingest_ts))
    return amount !== null && atMs >= endMs - 7_200_000 && atMs < endMs
  })
  expect(stored).toHaveLength(pushed.length)
  expect(tiledCount).toBe(`${counted.length}`)
})

test('an entity of the first week that times can name is read, by whole weeks that end before it', async () => {
  const line = gateway.line()
  const weekly = StreamFeatureView({
    name: 'weekly',
    source: payments,
    entities: [user],
    aggregationInterval: '7d',
    aggregationLeadingEdge: 'latest_event_time',
    features: [Aggregate({ inputColumn: amount, function: 'count', timeWindow: '7d' })],
  })
  await line.apply([payments, FeatureService({ name: 'weekly', features: [weekly] })])
  const client = line.client()
  for (const [user, day] of [
    ['u', '01'],
    ['v', '02'],
    ['v', '09'],
  ] as const) {
    client.push(payments, { user, shop: 'a', amount: 1n, at: `0001-01-${day}T00:00:00Z` })
  }
  await client.close()
  expect(await line.features('weekly', { user: 'u' })).toMatchObject({
    values: { 'weekly.amount_count_7d_7d': '0' },
    statuses: ['MISSING_DATA'],
  })
  expect((await line.features('weekly', { user: 'v' })).values).toEqual({
    'weekly.amount_count_7d_7d': '1',
  })
})

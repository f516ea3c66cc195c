import { add, columns, gt, transform } from '../../../shared/expressions.ts'
import {
  Aggregate,
  Attribute,
  Entity,
  FeatureService,
  LifetimeWindow,
  last,
  PushConfig,
  StreamFeatureView,
  StreamSource,
  TimeWindowSeries,
} from '../../../shared/index.ts'
import { Field, Float64, Int64, Array as List, String, Timestamp } from '../../../shared/types.ts'

export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions: 2 }),
  schema: [
    Field('user', String),
    Field('shop', Int64),
    Field('at', Timestamp),
    Field('amt', Float64, { nullable: true }),
    Field('big', Int64, { nullable: true }),
    Field('tags', List(String), { nullable: true }),
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const shop = Entity({ name: 'shop', joinKeys: [Field('shop', Int64)] })
export const ofUser = StreamFeatureView({
  name: 'of_user',
  source: payments,
  entities: [user],
  offline: true,
  ttl: '1d',
  features: [Attribute('amt', Float64), Attribute('big', Int64), Attribute('at', Timestamp)],
})
export const ofShop = StreamFeatureView({
  name: 'of_shop',
  source: payments,
  entities: [shop],
  offline: true,
  features: [Attribute('tags', List(String))],
})
export const both = FeatureService({ name: 'both', features: [ofUser, ofShop] })
const { amt } = columns(payments.schema)
export const sums = StreamFeatureView({
  name: 'sums',
  source: payments,
  entities: [user],
  offline: true,
  transformation: transform({ filter: gt(amt, 0.5), columns: { twice: add(amt, amt) } }),
  features: [
    Aggregate({ inputColumn: Field('twice', Float64), function: 'sum', timeWindow: '5s' }),
    Aggregate({ inputColumn: Field('big', Int64), function: 'sum', timeWindow: LifetimeWindow() }),
    Aggregate({
      inputColumn: Field('big', Int64),
      function: last(2),
      timeWindow: LifetimeWindow(),
    }),
    Aggregate({
      inputColumn: Field('amt', Float64),
      function: 'max',
      timeWindow: TimeWindowSeries({ seriesStart: '-4s', windowSize: '2s' }),
    }),
    Aggregate({ inputColumn: Field('at', Timestamp), function: 'last', timeWindow: '1h' }),
  ],
})
export const byShop = StreamFeatureView({
  name: 'by_shop',
  source: payments,
  entities: [user],
  offline: true,
  aggregationSecondaryKey: 'shop',
  features: [
    Aggregate({ inputColumn: Field('amt', Float64), function: 'count', timeWindow: '6s' }),
  ],
})

export const second = (at: number) => `2026-01-02T00:00:${`${at}`.padStart(2, '0')}.000000Z`
export const payment = (at: number) => ({
  user: `u${at % 3}`,
  shop: at % 2 === 0 ? 9007199254740993n : 7n,
  at: second(at),
  amt: at === 5 ? null : at / 4,
  big: 9223372036854775000n + BigInt(at),
  tags: at % 4 === 0 ? null : [`t${at}`, '\ufeffé'],
})

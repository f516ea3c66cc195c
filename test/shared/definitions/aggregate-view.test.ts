import { describe, expect, it } from 'vitest'
import { servedFeatures } from '../../../shared/definitions/served-features.ts'
import { readFeatureView } from '../../../shared/definitions/stream-feature-view.ts'
import { Aggregate, Entity, PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../../shared/types.ts'

const long = 'c'.repeat(60)
const amount = Field('amount', Int64)
const source = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('user', String),
    Field('shop', String),
    Field('shop_', String),
    Field(long, String),
    Field('at', Timestamp),
    amount,
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const sum = { inputColumn: amount, function: 'sum', timeWindow: '1h' } as const
const read = (features: readonly unknown[], more: object) =>
  readFeatureView({ name: 'spent', source, entities: [user], features, ...more })

describe('the lists of keys of a secondary key', () => {
  it('stand before the features, one for each window', () => {
    const features = [
      Aggregate(sum),
      Aggregate({ ...sum, timeWindow: '1d' }),
      Aggregate({ ...sum, function: 'max' }),
    ]
    const view = read(features, { aggregationSecondaryKey: 'shop' })
    expect(servedFeatures(view).map(({ name }) => name)).toEqual([
      'shop_keys_1h',
      'shop_keys_1d',
      'amount_sum_1h_continuous',
      'amount_sum_1d_continuous',
      'amount_max_1h_continuous',
    ])
  })

  it.each([
    ['a feature has the name of one', 'shop', 'Shop_Keys_1h', 'are the same name'],
    ['its name is too long', long, undefined, 'the list of keys'],
    ['its name looks like that of another view', 'shop_', undefined, 'the list of keys'],
  ])('are refused where %s', (_, secondary, name, sentence) => {
    const feature = { ...sum, kind: 'aggregate', ...(name === undefined ? {} : { name }) }
    expect(() => read([feature], { aggregationSecondaryKey: secondary })).toThrow(sentence)
    expect(() => read([feature], {})).not.toThrow()
  })
})

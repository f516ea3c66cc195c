import { Aggregate } from '../../shared/definitions/aggregate.ts'
import { approxPercentile } from '../../shared/definitions/aggregation-functions.ts'
import { Attribute } from '../../shared/definitions/attribute.ts'
import { Entity } from '../../shared/definitions/entity.ts'
import { FeatureService } from '../../shared/definitions/feature-service.ts'
import { PushConfig } from '../../shared/definitions/push-config.ts'
import { StreamFeatureView } from '../../shared/definitions/stream-feature-view.ts'
import { StreamSource } from '../../shared/definitions/stream-source.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'

const items = Field('items', Int64)
const schema = [Field('user_id', String), Field('event_ts', Timestamp), items]
const streamConfig = PushConfig({ logOffline: true })
const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })

const one = StreamSource({ name: 'views_1', streamConfig, schema })
const three = StreamSource({ name: 'views_3', streamConfig, schema })
const latest = (name: string, source: typeof one | typeof three) =>
  StreamFeatureView({ name, source, entities: [user], features: [Attribute('items', Int64)] })

/** The newest value alone; and beside it a continuous and a tiled view, which must show the same record at once. */
export const featureSources = [
  {
    views: 1,
    source: one,
    service: FeatureService({ name: 's1', features: [latest('a_latest', one)] }),
  },
  {
    views: 3,
    source: three,
    service: FeatureService({
      name: 's3',
      features: [
        latest('a_latest_of_three', three),
        StreamFeatureView({
          name: 'b_hour',
          source: three,
          entities: [user],
          features: [
            Aggregate({ inputColumn: items, function: 'last', timeWindow: '1h' }),
            Aggregate({ inputColumn: items, function: 'sum', timeWindow: '30d' }),
            Aggregate({
              inputColumn: items,
              function: approxPercentile({ percentile: 0.9 }),
              timeWindow: '1d',
            }),
          ],
        }),
        StreamFeatureView({
          name: 'c_tiles',
          source: three,
          entities: [user],
          aggregationInterval: '1m',
          features: [Aggregate({ inputColumn: items, function: 'count', timeWindow: '1h' })],
        }),
      ],
    }),
  },
]

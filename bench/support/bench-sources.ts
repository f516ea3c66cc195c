import { Attribute } from '../../shared/definitions/attribute.ts'
import { Entity } from '../../shared/definitions/entity.ts'
import { FeatureService } from '../../shared/definitions/feature-service.ts'
import { PushConfig } from '../../shared/definitions/push-config.ts'
import { StreamFeatureView } from '../../shared/definitions/stream-feature-view.ts'
import { StreamSource } from '../../shared/definitions/stream-source.ts'
import { Bool, Field, Float64, Int64, String, Timestamp } from '../../shared/types.ts'

/** Eight fields of usual kinds, 170 bytes a record: the shape that the reference figures were taken with. */
const schema = [
  Field('user_id', String),
  Field('event_ts', Timestamp),
  Field('amount', Float64),
  Field('country', String),
  Field('merchant_id', String),
  Field('items', Int64),
  Field('is_new', Bool),
  Field('device', String),
]
const streamConfig = PushConfig({ logOffline: true })
const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })
const merchant = Entity({ name: 'merchant', joinKeys: [Field('merchant_id', String)] })
const country = Entity({ name: 'country', joinKeys: [Field('country', String)] })

/** The same source with no view, one, and three on three entities: three shards to reach. */
const none = StreamSource({ name: 'views_0', streamConfig, schema })
const one = StreamSource({ name: 'views_1', streamConfig, schema })
const three = StreamSource({ name: 'views_3', streamConfig, schema })

const features = [Attribute('amount', Float64), Attribute('items', Int64)]
const viewOf = (
  name: string,
  source: typeof one | typeof three,
  entity: typeof user | typeof merchant | typeof country,
) => StreamFeatureView({ name, source, entities: [entity], features })

export const benchSources = [
  { views: 0, source: none, service: [] },
  {
    views: 1,
    source: one,
    service: [FeatureService({ name: 's1', features: [viewOf('one_user', one, user)] })],
  },
  {
    views: 3,
    source: three,
    service: [
      FeatureService({
        name: 's3',
        features: [
          viewOf('three_user', three, user),
          viewOf('three_merchant', three, merchant),
          viewOf('three_country', three, country),
        ],
      }),
    ],
  },
]

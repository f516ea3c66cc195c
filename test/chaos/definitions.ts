import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'

/** Two partitions, one view: what the clients of the chaos run push to. */
export const events = StreamSource({
  name: 'events',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions: 2 }),
  schema: [Field('id', String), Field('entity', String), Field('at', Timestamp), Field('n', Int64)],
})
const entity = Entity({ name: 'entity', joinKeys: [Field('entity', String)] })
const latest = StreamFeatureView({
  name: 'latest',
  source: events,
  entities: [entity],
  features: [Attribute('id', String), Attribute('n', Int64)],
})
export const service = FeatureService({ name: 'service', features: [latest] })

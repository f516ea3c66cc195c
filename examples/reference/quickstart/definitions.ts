// The quickstart: the newest flight of each origin.
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from 'tidegate'
import { Field, Int64, String, Timestamp } from 'tidegate/types'

export const flights = StreamSource({
  name: 'flights',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'date' }),
  schema: [
    Field('date', Timestamp),
    Field('delay', Int64),
    Field('distance', Int64),
    Field('origin', String),
    Field('destination', String),
  ],
})
export const origin = Entity({ name: 'origin', joinKeys: [Field('origin', String)] })
export const originLatestFlight = StreamFeatureView({
  name: 'origin_latest_flight',
  source: flights,
  entities: [origin],
  timestampField: 'date',
  features: [
    Attribute('delay', Int64),
    Attribute('distance', Int64),
    Attribute('destination', String),
  ],
})
export const flightFeatures = FeatureService({
  name: 'flight_features',
  features: [originLatestFlight],
})

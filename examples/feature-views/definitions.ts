import { Aggregate, approxPercentile, FeatureService, StreamFeatureView } from 'tidegate'
import { Field, Int64 } from 'tidegate/types'
import { flights, origin } from '../quickstart/definitions.ts'

const delay = Field('delay', Int64)
const windows = ['1h', '24h', '30d'] as const

export const originDelays = StreamFeatureView({
  name: 'origin_delays',
  source: flights,
  entities: [origin],
  features: windows.flatMap(timeWindow => [
    Aggregate({ inputColumn: delay, function: 'count', timeWindow }),
    Aggregate({ inputColumn: delay, function: 'mean', timeWindow }),
    Aggregate({
      inputColumn: delay,
      function: approxPercentile({ percentile: 0.9 }),
      timeWindow,
    }),
  ]),
})

export const originFeatures = FeatureService({
  name: 'origin_features',
  features: [originDelays],
})

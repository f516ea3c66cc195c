export type { AggregateFunction } from './aggregates/aggregate-function.ts'
export type { AggregationWindow } from './aggregates/aggregation-window.ts'
export { Aggregate, type AggregateDefinition } from './definitions/aggregate.ts'
export {
  approxCountDistinct,
  approxPercentile,
  first,
  firstDistinct,
  last,
  lastDistinct,
} from './definitions/aggregation-functions.ts'
export { Attribute, type AttributeDefinition } from './definitions/attribute.ts'
export {
  type BatchConfigDefinition,
  FileConfig,
  type FileConfigDefinition,
  HiveConfig,
  type HiveConfigDefinition,
} from './definitions/batch-config.ts'
export type { DatetimePartitionColumn } from './definitions/datetime-partition-column.ts'
export type { Duration } from './definitions/duration.ts'
export type { EdgeCache } from './definitions/edge-cache.ts'
export { Entity, type EntityDefinition } from './definitions/entity.ts'
export { FeatureService, type FeatureServiceDefinition } from './definitions/feature-service.ts'
export { PushConfig, type PushConfigDefinition } from './definitions/push-config.ts'
export { type FeatureViewDefinition, StreamFeatureView } from './definitions/stream-feature-view.ts'
export {
  type AnySource,
  eventTimeFieldOf,
  type InferRecord,
  type InferRow,
  PushSource,
  StreamSource,
  type StreamSourceDefinition,
  warningsOf,
} from './definitions/stream-source.ts'
export { LifetimeWindow, TimeWindow, TimeWindowSeries } from './definitions/time-windows.ts'
export { ValidationError } from './fields/validation-error.ts'

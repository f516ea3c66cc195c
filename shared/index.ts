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
export { ValidationError } from './fields/validation-error.ts'

export type { Check } from '../../shared/validation.ts'
export type { ArrowTable, DataFrame } from './data-frame.ts'
export type { FeatureMark, FeatureReading } from './feature-reading.ts'
export type { FeatureOptions, FeatureValues, JoinKeys } from './features.ts'
export type { ColumnOf, DataframeOptions, FrameRow } from './frame-query.ts'
export { GatewayError, type ResumePoint } from './gateway-error.ts'
export type { ServiceMetadata, TypedName } from './service-metadata.ts'
export type {
  AppliedSource,
  AppliedSourceInfo,
  CallOptions,
  SourceHandle,
  SourceInfo,
} from './source-handle.ts'
export type { SourceSummary } from './source-summary.ts'
export { SourceValidationError } from './source-validation-error.ts'
export type { ValidateOptions } from './validate-source.ts'
export { getWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts'

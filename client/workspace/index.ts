export type { Check } from '../../shared/validation.ts'
export type { ArrowTable, DataFrame } from './data-frame.ts'
export type { FeatureOptions, FeatureReading, FeatureValues } from './features.ts'
export type { ColumnOf, DataframeOptions, FrameRow } from './frame-query.ts'
export { GatewayError, type ResumePoint } from './gateway-error.ts'
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

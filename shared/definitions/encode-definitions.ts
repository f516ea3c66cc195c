import { type EncodedPostProcessor, encodePostProcessor } from '../expressions/post-processor.ts'
import { type EncodedTransformation, encodeTransformation } from '../expressions/transformation.ts'
import {
  type EncodedField,
  type EncodedType,
  encodeFields,
  encodeType,
} from '../fields/encode-fields.ts'
import type {
  BatchConfigDefinition,
  FileConfigDefinition,
  HiveConfigDefinition,
} from './batch-config.ts'
import type { EntityDefinition } from './entity.ts'
import type { FeatureServiceDefinition } from './feature-service.ts'
import type { PushConfigDefinition } from './push-config.ts'
import type { FeatureViewDefinition } from './stream-feature-view.ts'
import type { AnySource } from './stream-source.ts'
import type { NamedAggregate, ViewFeatures } from './view-features.ts'

/** Gives a source as plain JSON, defaults written out; the older form has no stream config to write. */
export function encodeSource({ kind: _, schema, ...source }: AnySource): EncodedSource {
  const { streamConfig, batchConfig, ...rest } = source
  const config =
    source.form === 'stream_source' ? { streamConfig: encodePushConfig(streamConfig) } : {}
  const history = batchConfig === undefined ? {} : { batchConfig: encodeBatchConfig(batchConfig) }
  return { ...rest, ...config, ...history, schema: encodeFields(schema) }
}

function encodePushConfig({
  inputSchema,
  postProcessor,
  ...config
}: PushConfigDefinition): EncodedPushConfig {
  if (inputSchema === undefined || postProcessor === undefined) return config
  return {
    ...config,
    inputSchema: encodeFields(inputSchema),
    postProcessor: encodePostProcessor(postProcessor),
  }
}

function encodeBatchConfig(config: BatchConfigDefinition): EncodedBatchConfig {
  if (config.kind === 'hive_config') return config
  const { schemaOverride, ...rest } = config
  return schemaOverride === undefined
    ? rest
    : { ...rest, schemaOverride: encodeFields(schemaOverride) }
}

/** Gives an entity as plain JSON. */
export function encodeEntity({ kind: _, joinKeys, ...entity }: EntityDefinition): EncodedEntity {
  return { ...entity, joinKeys: encodeFields(joinKeys) }
}

/** Gives a feature view as plain JSON, with its source and entities by name. */
export function encodeFeatureView(view: FeatureViewDefinition): EncodedFeatureView {
  const { kind: _, source, entities, features, transformation, ...rest } = view
  return {
    ...rest,
    ...(transformation === undefined
      ? {}
      : { transformation: encodeTransformation(transformation) }),
    source: source.name,
    entities: entities.map(entity => entity.name),
    features: features.map(encodeFeature),
  }
}

function encodeFeature(feature: ViewFeatures[number]): EncodedFeature {
  // As attributes were written before there were others.
  if (feature.kind === 'attribute') {
    return { name: feature.name, dtype: encodeType(feature.dtype) }
  }
  const { inputColumn, ...aggregate } = feature
  const { name, dtype } = inputColumn
  return { ...aggregate, inputColumn: { name, dtype: encodeType(dtype) } }
}

/** Gives a feature service as plain JSON, with its views by name. */
export function encodeFeatureService(service: FeatureServiceDefinition): EncodedFeatureService {
  const { kind: _, features, ...rest } = service
  return { ...rest, features: features.map(view => view.name) }
}

export type EncodedBatchConfig =
  | HiveConfigDefinition
  | (Omit<FileConfigDefinition, 'schemaOverride'> & {
      readonly schemaOverride?: readonly EncodedField[]
    })
export interface EncodedSource
  extends Omit<AnySource, 'kind' | 'schema' | 'streamConfig' | 'batchConfig'> {
  readonly schema: readonly EncodedField[]
  readonly streamConfig?: EncodedPushConfig
  readonly batchConfig?: EncodedBatchConfig
}
interface EncodedPushConfig extends Omit<PushConfigDefinition, 'inputSchema' | 'postProcessor'> {
  readonly inputSchema?: readonly EncodedField[]
  readonly postProcessor?: EncodedPostProcessor
}
export interface EncodedEntity extends Omit<EntityDefinition, 'kind' | 'joinKeys'> {
  readonly joinKeys: readonly EncodedField[]
}
export type EncodedFeature =
  | { readonly name: string; readonly dtype: EncodedType }
  | (Omit<NamedAggregate, 'inputColumn'> & {
      readonly inputColumn: { readonly name: string; readonly dtype: EncodedType }
    })
export interface EncodedFeatureView
  extends Omit<
    FeatureViewDefinition,
    'kind' | 'source' | 'entities' | 'features' | 'transformation'
  > {
  readonly source: string
  readonly entities: readonly string[]
  readonly transformation?: EncodedTransformation
  readonly features: readonly EncodedFeature[]
}
export interface EncodedFeatureService extends Omit<FeatureServiceDefinition, 'kind' | 'features'> {
  readonly features: readonly string[]
}

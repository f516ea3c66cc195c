import { type EncodedPostProcessor, encodePostProcessor } from '../expressions/post-processor.ts'
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
  const { kind: _, source, entities, features, ...rest } = view
  return {
    ...rest,
    source: source.name,
    entities: entities.map(entity => entity.name),
    features: features.map(({ name, dtype }) => ({ name, dtype: encodeType(dtype) })),
  }
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
export interface EncodedFeatureView
  extends Omit<FeatureViewDefinition, 'kind' | 'source' | 'entities' | 'features'> {
  readonly source: string
  readonly entities: readonly string[]
  readonly features: readonly { readonly name: string; readonly dtype: EncodedType }[]
}
export interface EncodedFeatureService extends Omit<FeatureServiceDefinition, 'kind' | 'features'> {
  readonly features: readonly string[]
}

import {
  type EncodedField,
  type EncodedType,
  encodeFields,
  encodeType,
} from '../fields/encode-fields.ts'
import type { EntityDefinition } from './entity.ts'
import type { FeatureServiceDefinition } from './feature-service.ts'
import type { PushConfigDefinition } from './push-config.ts'
import type { FeatureViewDefinition } from './stream-feature-view.ts'
import type { AnySource } from './stream-source.ts'

/** Gives a source as plain JSON, defaults written out; the older form has no stream config to write. */
export function encodeSource({ kind: _, schema, ...source }: AnySource): EncodedSource {
  const { streamConfig, ...rest } = source
  const config = source.form === 'stream_source' ? { streamConfig } : {}
  return { ...rest, ...config, schema: encodeFields(schema) }
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

export interface EncodedSource extends Omit<AnySource, 'kind' | 'schema' | 'streamConfig'> {
  readonly schema: readonly EncodedField[]
  readonly streamConfig?: PushConfigDefinition
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

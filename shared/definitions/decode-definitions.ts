import { readPostProcessor } from '../expressions/post-processor.ts'
import { readTransformation } from '../expressions/transformation.ts'
import { decodeFields, decodeType } from '../fields/encode-fields.ts'
import { requiredList } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { shorten } from '../fields/text.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type BatchConfigDefinition, readFileConfig, readHiveConfig } from './batch-config.ts'
import { whereOf } from './common.ts'
import { type EntityDefinition, readEntity } from './entity.ts'
import { type FeatureServiceDefinition, readFeatureService } from './feature-service.ts'
import { type PushConfigDefinition, readPushConfig } from './push-config.ts'
import { type FeatureViewDefinition, readFeatureView } from './stream-feature-view.ts'
import { type AnySource, readPushSource, readStreamSource } from './stream-source.ts'

/** Finds an object of one kind by name; throws a ValidationError if there is none. */
export type Find<T> = (name: unknown) => T

/** Makes a source of parsed JSON from outside, by every rule. */
export function decodeSource(value: unknown): AnySource {
  const { form, streamConfig, batchConfig, ...options } = requireObject('Source', value)
  const source = {
    ...options,
    schema: decodeFields(options.schema, whereOf('Source', options)),
    ...(streamConfig === undefined ? {} : { streamConfig: decodePushConfig(streamConfig) }),
    ...(batchConfig === undefined ? {} : { batchConfig: decodeBatchConfig(batchConfig) }),
  }
  if (form === 'stream_source') return readStreamSource(source)
  if (form === 'push_source') return readPushSource(source)
  throw new ValidationError(`Source: ${describe(form)} is no form of a source.`)
}

/** Makes an entity of parsed JSON from outside, by every rule. */
export function decodeEntity(value: unknown): EntityDefinition {
  const options = requireObject('Entity', value)
  const joinKeys = decodeFields(options.joinKeys, whereOf('Entity', options))
  return readEntity({ ...options, joinKeys })
}

/** Makes a feature view of parsed JSON from outside, by every rule. */
export function decodeFeatureView(
  value: unknown,
  findSource: Find<AnySource>,
  findEntity: Find<EntityDefinition>,
): FeatureViewDefinition {
  const options = requireObject('StreamFeatureView', value)
  const { transformation } = options
  const features = requiredList('StreamFeatureView', options, 'features').map(decodeFeature)
  return readFeatureView({
    ...options,
    ...(transformation === undefined ? {} : { transformation: readTransformation(transformation) }),
    source: findSource(options.source),
    entities: requiredList('StreamFeatureView', options, 'entities').map(findEntity),
    features,
  })
}

function decodeFeature(value: unknown): PlainObject {
  const feature = requireObject('Feature', value)
  if (feature.kind === undefined) {
    return { ...feature, kind: 'attribute', dtype: decodeType(feature.dtype) }
  }
  const inputColumn = requireObject('Aggregate, inputColumn', feature.inputColumn)
  return { ...feature, inputColumn: { ...inputColumn, dtype: decodeType(inputColumn.dtype) } }
}

/** Makes a feature service of parsed JSON from outside, by every rule. */
export function decodeFeatureService(
  value: unknown,
  findView: Find<FeatureViewDefinition>,
): FeatureServiceDefinition {
  const options = requireObject('FeatureService', value)
  const features = requiredList('FeatureService', options, 'features').map(findView)
  return readFeatureService({ ...options, features })
}

/** Gives a look-up by exact name. */
export function finderOf<T extends { readonly name: string }>(
  what: string,
  objects: readonly T[],
): Find<T> {
  const byName = new Map<unknown, T>(objects.map(object => [object.name, object]))
  return name => {
    const found = byName.get(name)
    if (found !== undefined) return found
    const text = typeof name === 'string' ? `"${shorten(name, 64)}"` : describe(name)
    throw new ValidationError(`The definitions name the ${what} ${text} but do not contain it.`)
  }
}

function decodePushConfig(value: unknown): PushConfigDefinition {
  const { kind, inputSchema, postProcessor, ...options } = requireObject('PushConfig', value)
  const config = {
    ...options,
    ...(inputSchema === undefined
      ? {}
      : { inputSchema: decodeFields(inputSchema, 'PushConfig, inputSchema') }),
    ...(postProcessor === undefined ? {} : { postProcessor: readPostProcessor(postProcessor) }),
  }
  if (kind === 'push_config') return readPushConfig(config)
  throw new ValidationError(`PushConfig: ${describe(kind)} is no kind of stream config.`)
}

function decodeBatchConfig(value: unknown): BatchConfigDefinition {
  const { kind, ...options } = requireObject('Batch config', value)
  if (kind === 'file_config') {
    const { schemaOverride } = options
    return readFileConfig(
      schemaOverride === undefined
        ? options
        : {
            ...options,
            schemaOverride: decodeFields(schemaOverride, 'FileConfig, schemaOverride'),
          },
    )
  }
  if (kind === 'hive_config') return readHiveConfig(options)
  throw new ValidationError(`Batch config: ${describe(kind)} is no kind of batch config.`)
}

function requireObject(what: string, value: unknown): PlainObject {
  if (isPlainObject(value)) return value
  throw new ValidationError(`${what}: Expected an object but received ${describe(value)}.`)
}

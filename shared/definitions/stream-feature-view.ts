import type { AnyType } from '../fields/data-type.ts'
import { encodeType } from '../fields/encode-fields.ts'
import type { AnyField, FieldDefinition } from '../fields/field.ts'
import { requireName, requireUnique } from '../fields/names.ts'
import { flagOption, requiredList, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type AttributeDefinition, readAttribute } from './attribute.ts'
import { type Common, type CommonOptions, commonOptions, readCommon, whereOf } from './common.ts'
import { type Duration, readDuration } from './duration.ts'
import { type EntityDefinition, isEntity } from './entity.ts'
import { type AnySource, eventTimeFieldOf, isSource, requireEventTime } from './stream-source.ts'

/** The features that a source allows: each a column of it, of the same type. */
type FeatureOf<Source extends AnySource> = Source['schema'][number] extends infer Field
  ? Field extends FieldDefinition<infer Name, infer Type, boolean>
    ? AttributeDefinition<Name, Type>
    : never
  : never

/** Join keys whose names are known and that the source has not. */
type MissingKey<Source extends AnySource, Entities extends readonly EntityDefinition[]> = Exclude<
  Entities[number]['joinKeys'][number]['name'],
  Source['schema'][number]['name']
>
type Keyed<Source extends AnySource, Entities extends readonly EntityDefinition[]> = [
  MissingKey<Source, Entities>,
] extends [never]
  ? unknown
  : string extends MissingKey<Source, Entities>
    ? unknown
    : { readonly entities: { readonly missing: MissingKey<Source, Entities> } }

export interface StreamFeatureViewOptions<
  Name,
  Source extends AnySource,
  Features,
  Entities = readonly EntityDefinition[],
> extends CommonOptions {
  readonly name: Name
  readonly source: Source
  readonly entities: Entities
  /** The column to order by; the source's event time if absent. */
  readonly timestampField?: NoInfer<Source>['schema'][number]['name']
  readonly features: Features
  /** Serves the features by key, at once; true if absent. */
  readonly online?: boolean
  /** Makes training data of the features, which needs a history; false if absent. */
  readonly offline?: boolean
  /** How long after its event time a value is still served; for ever if absent. */
  readonly ttl?: Duration
}

/** What is computed and served from a source: frozen plain data made by `StreamFeatureView`. */
export interface FeatureViewDefinition<
  Name extends string = string,
  Features extends readonly AttributeDefinition[] = readonly AttributeDefinition[],
> extends Common {
  readonly kind: 'stream_feature_view'
  readonly name: Name
  readonly source: AnySource
  readonly entities: readonly EntityDefinition[]
  /** As resolved: there always is one. */
  readonly timestampField: string
  readonly features: Features
  readonly online: boolean
  readonly offline: boolean
  readonly ttl?: Duration
}

/** Declares features of a source's records; throws a ValidationError where a rule is broken. */
export function StreamFeatureView<
  const Name extends string,
  Source extends AnySource,
  const Features extends readonly FeatureOf<NoInfer<Source>>[],
  const Entities extends readonly EntityDefinition[] = readonly EntityDefinition[],
>(
  options: StreamFeatureViewOptions<Name, Source, Features, Entities> &
    NoInfer<Keyed<Source, Entities>>,
): FeatureViewDefinition<Name, Features> {
  // Name and features come out as they went in, so their literal types still hold.
  return readFeatureView(options) as unknown as FeatureViewDefinition<Name, Features>
}

/** Makes a feature view of anything that has its shape, by every rule. */
export function readFeatureView(value: unknown): FeatureViewDefinition {
  const where = whereOf('StreamFeatureView', value)
  const options = requireOptions(where, value, [
    'name',
    'source',
    'entities',
    'timestampField',
    'features',
    'online',
    'offline',
    'ttl',
    ...commonOptions,
  ])
  const name = requireName(where, options.name)
  const { source } = options
  if (!isSource(source)) {
    throw new ValidationError(
      `${where}: source is a StreamSource or PushSource but received ${describe(source)}.`,
    )
  }
  const named = textOption(where, options, 'timestampField')
  requireEventTime(where, source.schema, named)
  const timestampField = named ?? eventTimeFieldOf(source)
  if (timestampField === undefined) {
    throw new ValidationError(
      `${where}: The source "${source.name}" has no event time; name a Timestamp column as timestampField.`,
    )
  }
  const offline = flagOption(where, options, 'offline', false)
  if (offline && !source.streamConfig.logOffline && source.batchConfig === undefined) {
    throw new ValidationError(
      `${where}: offline needs a history, but the source "${source.name}" keeps none; set logOffline or give it a batchConfig.`,
    )
  }
  const ttl = readDuration(where, 'ttl', options.ttl)
  return Object.freeze({
    kind: 'stream_feature_view',
    name,
    source,
    entities: readEntities(where, source, requiredList(where, options, 'entities')),
    timestampField,
    features: readFeatures(where, source, requiredList(where, options, 'features')),
    online: flagOption(where, options, 'online', true),
    offline,
    ...(ttl === undefined ? {} : { ttl }),
    ...readCommon(where, options),
  })
}

function readEntities(
  where: string,
  source: AnySource,
  values: readonly unknown[],
): readonly EntityDefinition[] {
  const entities = values.map(value => {
    if (isEntity(value)) return value
    throw new ValidationError(`${where}: entities holds ${describe(value)}, which is no Entity.`)
  })
  const keys = entities.flatMap(entity => entity.joinKeys)
  requireUnique(
    `${where}, join keys`,
    keys.map(key => key.name),
  )
  for (const key of keys) {
    if (!requireColumn(where, source, key.name, key.dtype).nullable) continue
    throw new ValidationError(
      `${where}: The join key "${key.name}" is nullable in "${source.name}"; a record without it belongs to no entity.`,
    )
  }
  return Object.freeze(entities)
}

function readFeatures(
  where: string,
  source: AnySource,
  values: readonly unknown[],
): readonly AttributeDefinition[] {
  const features = values.map(value => {
    if (!isPlainObject(value) || value.kind !== 'attribute') {
      throw new ValidationError(
        `${where}: features holds ${describe(value)}, which is no Attribute.`,
      )
    }
    const { kind: _, ...options } = value
    return readAttribute(options)
  })
  requireUnique(
    `${where}, features`,
    features.map(feature => feature.name),
  )
  for (const { name, dtype } of features) requireColumn(where, source, name, dtype)
  return Object.freeze(features)
}

function requireColumn(where: string, source: AnySource, name: string, dtype: AnyType): AnyField {
  const column = source.schema.find(field => field.name === name)
  if (column === undefined) {
    throw new ValidationError(`${where}: The source "${source.name}" has no column "${name}".`)
  }
  const [declared, received] = [column.dtype, dtype].map(type => JSON.stringify(encodeType(type)))
  if (declared === received) return column
  throw new ValidationError(
    `${where}: The column "${name}" of "${source.name}" is ${column.dtype.kind}, but here it is declared as another type, ${dtype.kind}.`,
  )
}

/** Tells a feature view from anything else that was passed as one. */
export function isFeatureView(value: unknown): value is FeatureViewDefinition {
  return isPlainObject(value) && value.kind === 'stream_feature_view' && Object.isFrozen(value)
}

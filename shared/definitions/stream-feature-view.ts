import type { TypeOf } from '../expressions/expression.ts'
import type { Selection } from '../expressions/post-processor.ts'
import type { Transformation } from '../expressions/transformation.ts'
import type { AnyField, FieldDefinition } from '../fields/field.ts'
import { requireName, requireUnique } from '../fields/names.ts'
import { flagOption, requiredList, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import type { AggregateDefinition } from './aggregate.ts'
import type { AttributeDefinition } from './attribute.ts'
import { type Common, type CommonOptions, commonOptions, readCommon, whereOf } from './common.ts'
import { type Duration, durationMs, readDuration } from './duration.ts'
import { type EdgeCache, readEdgeCache } from './edge-cache.ts'
import { type EntityDefinition, isEntity } from './entity.ts'
import { type AnySource, eventTimeFieldOf, isSource, requireEventTime } from './stream-source.ts'
import {
  aggregationOptions,
  type LeadingEdge,
  readAggregation,
  readInterval,
  type ViewAggregation,
} from './view-aggregation.ts'
import {
  type NamedAggregate,
  readFeatures,
  requireColumn,
  type ViewColumns,
  type ViewFeatures,
} from './view-features.ts'

/** The columns of a source and of what a view derives of it. */
type ColumnsOf<Source extends AnySource, Derived extends Selection> =
  | Source['schema'][number]
  | (string extends keyof Derived
      ? never
      : {
          [Name in keyof Derived & string]: FieldDefinition<Name, TypeOf<Derived[Name]>, true>
        }[keyof Derived & string])

/** The features that columns allow: each of one of them, of the same type. */
type FeatureOf<Column extends AnyField> = Column extends infer Field
  ? Field extends FieldDefinition<infer Name, infer Type, boolean>
    ? AttributeDefinition<Name, Type> | AggregateDefinition<Name, Type>
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
  Derived extends Selection = Selection,
> extends CommonOptions {
  readonly name: Name
  readonly source: Source
  readonly entities: Entities
  /** The column to order by; the source's event time if absent. */
  readonly timestampField?: NoInfer<Source>['schema'][number]['name']
  /** All Attributes, or all Aggregates. */
  readonly features: Features
  /** Filters rows and derives columns before they are folded; made by `transform` of `tidegate/expressions`. */
  readonly transformation?: Transformation<Derived>
  /** Aggregates over whole intervals; over every single record, continuously, if absent. */
  readonly aggregationInterval?: Duration
  /** A column by whose values Aggregates are told apart. */
  readonly aggregationSecondaryKey?: string
  /** Up to which moment windows reach; the reading's, `wall_clock`, if absent. */
  readonly aggregationLeadingEdge?: LeadingEdge
  /** Serves the features by key, at once; true if absent. */
  readonly online?: boolean
  /** Keeps copies near readers who take older features, `readFromCache`; none if absent. */
  readonly edgeCache?: EdgeCache
  /** Makes training data of the features, which needs a history; false if absent. */
  readonly offline?: boolean
  /** How long after its effective time an Attribute's value is still served; for ever if absent. */
  readonly ttl?: Duration
}

/** What is computed and served from a source: frozen plain data made by `StreamFeatureView`. */
export interface FeatureViewDefinition<
  Name extends string = string,
  Features extends ViewFeatures = ViewFeatures,
> extends Common,
    ViewAggregation {
  readonly kind: 'stream_feature_view'
  readonly name: Name
  readonly source: AnySource
  readonly entities: readonly EntityDefinition[]
  /** As resolved: there always is one. */
  readonly timestampField: string
  readonly features: Features
  readonly transformation?: Transformation
  readonly online: boolean
  readonly offline: boolean
  readonly edgeCache?: EdgeCache
  readonly ttl?: Duration
}

/** Features as a view holds them: aggregates have their names by then. */
type Held<Features> = Features extends readonly AttributeDefinition[]
  ? Features
  : readonly NamedAggregate[]

/** Declares features of a source's records; throws a ValidationError where a rule is broken. */
export function StreamFeatureView<
  const Name extends string,
  Source extends AnySource,
  const Features extends readonly FeatureOf<ColumnsOf<NoInfer<Source>, NoInfer<Derived>>>[],
  const Entities extends readonly EntityDefinition[] = readonly EntityDefinition[],
  const Derived extends Selection = Record<never, never>,
>(
  options: StreamFeatureViewOptions<Name, Source, Features, Entities, Derived> &
    NoInfer<Keyed<Source, Entities>>,
): FeatureViewDefinition<Name, Held<Features>> {
  // Name and features come out as they went in, so their literal types still hold.
  return readFeatureView(options) as unknown as FeatureViewDefinition<Name, Held<Features>>
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
    'transformation',
    'online',
    'offline',
    'edgeCache',
    'ttl',
    ...aggregationOptions,
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
  const edgeCache = readEdgeCache(where, options.edgeCache)
  const transformation = readTransformed(where, options.transformation)
  const columns = columnsOf(where, source, transformation)
  const interval = readInterval(where, options)
  const intervalMs = interval === undefined ? undefined : durationMs(interval)
  const list = requiredList(where, options, 'features')
  const features = readFeatures(where, columns, list, intervalMs)
  return Object.freeze({
    kind: 'stream_feature_view',
    name,
    source,
    entities: readEntities(where, source, requiredList(where, options, 'entities')),
    timestampField,
    features,
    ...(transformation === undefined ? {} : { transformation }),
    ...readAggregation(where, options, features, columns),
    online: flagOption(where, options, 'online', true),
    offline,
    ...(edgeCache === undefined ? {} : { edgeCache }),
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
    const columns = { fields: source.schema, owner: `the source "${source.name}"` }
    if (!requireColumn(where, columns, key.name, key.dtype).nullable) continue
    throw new ValidationError(
      `${where}: The join key "${key.name}" is nullable in "${source.name}"; a record without it belongs to no entity.`,
    )
  }
  return Object.freeze(entities)
}

function readTransformed(where: string, value: unknown): Transformation | undefined {
  if (value === undefined) return undefined
  if (isPlainObject(value) && value.kind === 'transformation' && Object.isFrozen(value)) {
    // Whoever made it has held it to its rules.
    return value as unknown as Transformation
  }
  throw new ValidationError(
    `${where}: transformation is made by transform of tidegate/expressions but received ${describe(value)}.`,
  )
}

/** The columns that a view's features may be of: its source's, and those that it derives. */
export function columnsOf(
  where: string,
  source: AnySource,
  transformation: Transformation | undefined,
): ViewColumns {
  const owner = `the source "${source.name}"`
  if (transformation === undefined) return { fields: source.schema, owner }
  const { fields } = transformation['~compile'](source.schema, where)
  return { fields, owner: `${owner}, with what the transformation derives,` }
}

/** Tells a feature view from anything else that was passed as one. */
export function isFeatureView(value: unknown): value is FeatureViewDefinition {
  return isPlainObject(value) && value.kind === 'stream_feature_view' && Object.isFrozen(value)
}

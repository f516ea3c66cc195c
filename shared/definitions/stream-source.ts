import type { Misfit } from '../expressions/post-processor.ts'
import type { AnyField, RecordOf, RowOf } from '../fields/field.ts'
import { requireName } from '../fields/names.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { readFieldList } from '../fields/read-fields.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type BatchConfigDefinition, isBatchConfig } from './batch-config.ts'
import {
  type Common,
  type CommonOptions,
  commonOptions,
  readCommon,
  readTexts,
  whereOf,
} from './common.ts'
import {
  isPushConfig,
  PushConfig,
  type PushConfigDefinition,
  type TranslatingConfig,
} from './push-config.ts'

interface SourceOptions<Name, Schema> extends CommonOptions {
  readonly name: Name
  readonly schema: Schema
  /** Where the source's history lies, if Tidegate does not keep it. */
  readonly batchConfig?: BatchConfigDefinition
  /** Texts that are kept and shown; they mean nothing to Tidegate. */
  readonly options?: { readonly [option: string]: string }
}
export interface StreamSourceOptions<Name, Schema, Config = PushConfigDefinition>
  extends SourceOptions<Name, Schema> {
  readonly streamConfig: Config
}
export interface PushSourceOptions<Name, Schema> extends SourceOptions<Name, Schema> {}

/** A source of pushed records: frozen plain data made by `StreamSource` or `PushSource`. */
export interface StreamSourceDefinition<
  Name extends string = string,
  Schema extends readonly AnyField[] = readonly AnyField[],
  Config extends PushConfigDefinition = PushConfigDefinition,
> extends Common {
  readonly kind: 'stream_source'
  /** Which of the two functions made it; a push source is the older form and means the same. */
  readonly form: 'stream_source' | 'push_source'
  readonly name: Name
  /** What is read back; what is pushed as well, unless the stream config has an input schema. */
  readonly schema: Schema
  readonly streamConfig: Config
  readonly batchConfig?: BatchConfigDefinition
  readonly options?: { readonly [option: string]: string }
}
export type AnySource = StreamSourceDefinition

/** The fields that records of a source have. */
export type RecordFields<Source extends AnySource> = Source['streamConfig'] extends {
  readonly inputSchema: infer Input extends readonly AnyField[]
}
  ? Input
  : Source['schema']
/** Refuses a schema that a post-processor's rows do not fit. */
type Fitting<Schema extends readonly AnyField[], Config> =
  Config extends TranslatingConfig<readonly AnyField[], infer Select>
    ? [Misfit<Select, Schema>] extends [never]
      ? unknown
      : { readonly postProcessor: Misfit<Select, Schema> }
    : unknown

/** Columns that may say when an event happened. */
type TimeNames<Schema extends readonly AnyField[]> = {
  [F in Schema[number] as 'timestamp' extends F['dtype']['kind'] ? F['name'] : never]: unknown
}
/** Refuses a time column that the schema does not have. */
type Timed<Schema extends readonly AnyField[], Config> = Config extends {
  readonly timestampField?: infer Time extends string
}
  ? string extends Time
    ? unknown
    : Time extends keyof TimeNames<Schema>
      ? unknown
      : { readonly timestampField?: keyof TimeNames<Schema> }
  : unknown
/** Refuses a batch config beside an offline log that Tidegate keeps. */
type OneHistory<Config> = Config extends { readonly logOffline: true }
  ? { readonly batchConfig?: never }
  : unknown

/** What may be pushed to a source. */
export type InferRecord<Source extends AnySource> = RecordOf<RecordFields<Source>>
/** What is read back from a source. */
export type InferRow<Source extends AnySource> = RowOf<Source['schema']>

const known = ['name', 'schema', 'streamConfig', 'batchConfig', 'options', ...commonOptions]

/** Declares a source to which records are pushed; throws a ValidationError where a rule is broken. */
export function StreamSource<
  const Name extends string,
  const Schema extends readonly AnyField[],
  Config extends PushConfigDefinition = PushConfigDefinition,
>(
  options: StreamSourceOptions<
    Name,
    Schema,
    Config & NoInfer<Fitting<Schema, Config> & Timed<Schema, Config>>
  > &
    NoInfer<OneHistory<Config>>,
): StreamSourceDefinition<Name, Schema, Config> {
  // Name, schema and config come out as they went in, so the literal types still hold.
  return readStreamSource(options) as StreamSourceDefinition<Name, Schema, Config>
}

/** Declares a source in the older form: a stream source whose offline log Tidegate does not keep. */
export function PushSource<const Name extends string, const Schema extends readonly AnyField[]>(
  options: PushSourceOptions<Name, Schema>,
): StreamSourceDefinition<Name, Schema> {
  return readPushSource(options) as StreamSourceDefinition<Name, Schema>
}

/** Makes a stream source of anything that has its shape, by every rule. */
export function readStreamSource(value: unknown): AnySource {
  const where = whereOf('StreamSource', value)
  const options = requireOptions(where, value, known)
  if (isPushConfig(options.streamConfig)) {
    return readSource(where, 'stream_source', options, options.streamConfig)
  }
  throw new ValidationError(
    `${where}: streamConfig is a PushConfig but received ${describe(options.streamConfig)}.`,
  )
}

/** Makes a push source of anything that has its shape, by every rule. */
export function readPushSource(value: unknown): AnySource {
  const where = whereOf('PushSource', value)
  const options = requireOptions(
    where,
    value,
    known.filter(option => option !== 'streamConfig'),
  )
  return readSource(where, 'push_source', options, PushConfig())
}

function readSource(
  where: string,
  form: AnySource['form'],
  options: PlainObject,
  streamConfig: PushConfigDefinition,
): AnySource {
  const name = requireName(where, options.name)
  const schema = readFieldList(where, options, 'schema')
  requireEventTime(where, schema, streamConfig.timestampField)
  const { inputSchema, postProcessor } = streamConfig
  if (inputSchema) postProcessor?.['~translator'](inputSchema, schema, where)
  const { batchConfig } = options
  if (batchConfig !== undefined && !isBatchConfig(batchConfig)) {
    throw new ValidationError(
      `${where}: batchConfig is a FileConfig or a HiveConfig but received ${describe(batchConfig)}.`,
    )
  }
  if (streamConfig.logOffline && batchConfig !== undefined) {
    throw new ValidationError(
      `${where}: logOffline keeps the history here and batchConfig says that it lies elsewhere; give one of them.`,
    )
  }
  const texts = readTexts(where, 'options', 'an option', options.options)
  return Object.freeze({
    kind: 'stream_source',
    form,
    name,
    schema,
    streamConfig,
    ...(batchConfig === undefined ? {} : { batchConfig }),
    ...(Object.keys(texts).length === 0 ? {} : { options: texts }),
    ...readCommon(where, options),
  })
}

/**
 * Gives the column that says when an event happened: the push config's, else the batch config's, else the
 * only Timestamp column; nothing if there is none. It is never nullable, since records are ordered by it.
 */
export function eventTimeFieldOf(source: AnySource): string | undefined {
  const times = source.schema.filter(isEventTime).map(field => field.name)
  const named = source.streamConfig.timestampField ?? source.batchConfig?.timestampField
  if (named !== undefined) return times.find(name => name === named)
  return times.length === 1 ? times[0] : undefined
}

/** Gives the fields that records of a source have as they are pushed and stored. */
export function recordFieldsOf({
  schema,
  streamConfig,
}: Pick<AnySource, 'schema' | 'streamConfig'>): readonly AnyField[] {
  return streamConfig.inputSchema ?? schema
}

/** Gives sentences on what is allowed but probably not meant. */
export function warningsOf(source: AnySource): readonly string[] {
  if (source.streamConfig.logOffline || source.batchConfig !== undefined) return []
  return [
    `Source "${source.name}" keeps no history: logOffline is false and there is no batchConfig, so its features cannot be rebuilt or read as a data frame.`,
  ]
}

/** Refuses a column that cannot say when an event happened. */
export function requireEventTime(
  where: string,
  schema: readonly AnyField[],
  name: string | undefined,
): void {
  if (name === undefined || schema.some(field => field.name === name && isEventTime(field))) return
  throw new ValidationError(
    `${where}: timestampField names ${describe(name)}, which is no column of type Timestamp that is never null.`,
  )
}

function isEventTime({ dtype, nullable }: AnyField): boolean {
  return dtype.kind === 'timestamp' && !nullable
}

/** Tells a source from anything else that was passed as one. */
export function isSource(value: unknown): value is AnySource {
  return isPlainObject(value) && value.kind === 'stream_source' && Object.isFrozen(value)
}

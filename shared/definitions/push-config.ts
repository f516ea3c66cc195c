import type { PostProcessor, Selection } from '../expressions/post-processor.ts'
import type { AnyField } from '../fields/field.ts'
import { flagOption, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { readFieldList } from '../fields/read-fields.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { limits } from '../limits.ts'
import { type Duration, durationMs, readDuration } from './duration.ts'

export interface PushConfigOptions<Time extends string = string, Logged extends boolean = boolean> {
  /** Keeps every record as Parquet, by Tidegate; false if absent. */
  readonly logOffline?: Logged
  /**
   * How long the offline log keeps records, from when they came: `'30d'`, at least a day. Absent: for ever.
   * Needs `logOffline`.
   */
  readonly retention?: Duration
  /** The column that says when an event happened, of type Timestamp. */
  readonly timestampField?: Time
  /** Ordered pieces of the source's log: a power of two up to 64; 1 if absent. */
  readonly partitions?: number
}

export interface TranslatingOptions<Input, Select extends Selection> extends PushConfigOptions {
  /** What is pushed; rows follow the source's schema. */
  readonly inputSchema: Input
  /** How rows are made of what is pushed, when they are read or folded. */
  readonly postProcessor: PostProcessor<Select>
  /** There is one mode: expressions, which mean the same everywhere. */
  readonly postProcessorMode?: 'expressions'
}

/** How a source receives pushed records: frozen plain data made by `PushConfig`. */
export interface PushConfigDefinition<
  Time extends string = string,
  Logged extends boolean = boolean,
> {
  readonly kind: 'push_config'
  readonly logOffline: Logged
  readonly retention?: Duration
  readonly timestampField?: Time
  readonly partitions: number
  /** There with a post-processor, and only then. */
  readonly inputSchema?: readonly AnyField[]
  readonly postProcessor?: PostProcessor
}

/** A push config whose rows are made of other records. */
export interface TranslatingConfig<
  Input extends readonly AnyField[] = readonly AnyField[],
  Select extends Selection = Selection,
> extends PushConfigDefinition {
  readonly inputSchema: Input
  readonly postProcessor: PostProcessor<Select>
}

const where = 'PushConfig'
const translating = ['inputSchema', 'postProcessor', 'postProcessorMode']
const known = ['logOffline', 'retention', 'timestampField', 'partitions', ...translating]

/** Declares that records are pushed, whether Tidegate keeps their offline log, and how rows are made of them. */
export function PushConfig<const Input extends readonly AnyField[], const Select extends Selection>(
  options: TranslatingOptions<Input, Select>,
): TranslatingConfig<Input, Select>
export function PushConfig<
  const Time extends string = string,
  const Logged extends boolean = boolean,
>(options?: PushConfigOptions<Time, Logged>): PushConfigDefinition<Time, Logged>
export function PushConfig(options: PushConfigOptions = {}): PushConfigDefinition {
  return readPushConfig(options)
}

/** Makes a push config of anything that has its shape, by every rule. */
export function readPushConfig(value: unknown): PushConfigDefinition {
  const options = requireOptions(where, value, known)
  const timestampField = textOption(where, options, 'timestampField')
  const logOffline = flagOption(where, options, 'logOffline', false)
  const retention = readRetention(options.retention, logOffline)
  return Object.freeze({
    kind: 'push_config',
    logOffline,
    ...(retention === undefined ? {} : { retention }),
    ...(timestampField === undefined ? {} : { timestampField }),
    partitions: readPartitions(options.partitions),
    ...readTranslation(options),
  })
}

/** The two need each other: an input schema says nothing of rows, a post-processor nothing of records. */
function readTranslation(
  options: PlainObject,
): Pick<PushConfigDefinition, 'inputSchema' | 'postProcessor'> {
  const { inputSchema, postProcessor, postProcessorMode: mode = 'expressions' } = options
  if (translating.every(name => options[name] === undefined)) return {}
  if (inputSchema !== undefined && isPostProcessor(postProcessor) && mode === 'expressions') {
    return { inputSchema: readFieldList(where, options, 'inputSchema'), postProcessor }
  }
  throw new ValidationError(
    `${where}: inputSchema is what is pushed and postProcessor, by postProcess() of 'tidegate/expressions', makes rows of it: give both or neither, and no other postProcessorMode than 'expressions'.`,
  )
}

function isPostProcessor(value: unknown): value is PostProcessor {
  return isPlainObject(value) && value.kind === 'post_processor' && Object.isFrozen(value)
}

/** Tells a push config from anything else that was passed as one. */
export function isPushConfig(value: unknown): value is PushConfigDefinition {
  return isPlainObject(value) && value.kind === 'push_config' && Object.isFrozen(value)
}

/** A read takes minutes: what it is about to read must not expire under it. */
const minRetentionMs = 86_400_000

function readRetention(value: unknown, logOffline: boolean): Duration | undefined {
  const retention = readDuration(where, 'retention', value)
  if (retention === undefined) return undefined
  if (!logOffline) {
    throw new ValidationError(
      `${where}: retention is for an offline log, so it needs logOffline: true.`,
    )
  }
  if (durationMs(retention) >= minRetentionMs) return retention
  throw new ValidationError(
    `${where}: retention is at least '1d' but received ${describe(retention)}.`,
  )
}

function readPartitions(value: unknown): number {
  if (value === undefined) return 1
  if (
    typeof value === 'number' &&
    Number.isInteger(Math.log2(value)) &&
    value >= 1 &&
    value <= limits.maxPartitions
  ) {
    return value
  }
  throw new ValidationError(
    `${where}: partitions is a power of two from 1 to ${limits.maxPartitions} but received ${describe(value)}.`,
  )
}

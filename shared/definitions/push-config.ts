import { flagOption, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { limits } from '../limits.ts'
import { type Duration, durationMs, readDuration } from './duration.ts'

export interface PushConfigOptions {
  /** Keeps every record as Parquet, by Tidegate; false if absent. */
  readonly logOffline?: boolean
  /**
   * How long the offline log keeps records, from when they came: `'30d'`, at least a day. Absent: for ever.
   * Needs `logOffline`.
   */
  readonly retention?: Duration
  /** The column that says when an event happened, of type Timestamp. */
  readonly timestampField?: string
  /** Ordered pieces of the source's log: a power of two up to 64; 1 if absent. */
  readonly partitions?: number
}

/** How a source receives pushed records: frozen plain data made by `PushConfig`. */
export interface PushConfigDefinition {
  readonly kind: 'push_config'
  readonly logOffline: boolean
  readonly retention?: Duration
  readonly timestampField?: string
  readonly partitions: number
}

const where = 'PushConfig'
const known = ['logOffline', 'retention', 'timestampField', 'partitions']
const notYet = ['inputSchema', 'postProcessor', 'postProcessorMode']

/** Declares that records are pushed, and whether Tidegate keeps their offline log. */
export function PushConfig(options: PushConfigOptions = {}): PushConfigDefinition {
  return readPushConfig(options)
}

/** Makes a push config of anything that has its shape, by every rule. */
export function readPushConfig(value: unknown): PushConfigDefinition {
  const options = requireOptions(where, value, [...known, ...notYet])
  for (const name of notYet) {
    if (options[name] === undefined) continue
    throw new ValidationError(
      `${where}: ${name} is not available yet; push records that follow the source's schema.`,
    )
  }
  const timestampField = textOption(where, options, 'timestampField')
  const logOffline = flagOption(where, options, 'logOffline', false)
  const retention = readRetention(options.retention, logOffline)
  return Object.freeze({
    kind: 'push_config',
    logOffline,
    ...(retention === undefined ? {} : { retention }),
    ...(timestampField === undefined ? {} : { timestampField }),
    partitions: readPartitions(options.partitions),
  })
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

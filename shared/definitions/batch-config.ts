import { requiredText, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Duration, readDuration } from './duration.ts'

interface BatchOptions {
  /** The column that says when an event happened. */
  readonly timestampField?: string
  /** How long after a period's end its rows are complete. */
  readonly dataDelay?: Duration
}

export interface FileConfigOptions extends BatchOptions {
  /** `s3://bucket/key`, `s3://anonymous@bucket/key` (unsigned), `https://…` or a path. */
  readonly uri: string
  readonly fileFormat: FileFormat
}
export type FileFormat = 'parquet' | 'csv' | 'json'

export interface HiveConfigOptions extends BatchOptions {
  readonly database: string
  readonly table: string
  /** Where the table's files lie; `<warehouse>/<database>.db/<table>/` if absent. */
  readonly location?: string
}

export interface FileConfigDefinition extends FileConfigOptions {
  readonly kind: 'file_config'
}
export interface HiveConfigDefinition extends HiveConfigOptions {
  readonly kind: 'hive_config'
}
/** Where a source's history lies when Tidegate does not keep it. */
export type BatchConfigDefinition = FileConfigDefinition | HiveConfigDefinition

const batchOptions = ['timestampField', 'dataDelay']
const formats: readonly FileFormat[] = ['parquet', 'csv', 'json']

/** Declares that a source's history lies in files. */
export function FileConfig(options: FileConfigOptions): FileConfigDefinition {
  return readFileConfig(options)
}

/** Declares that a source's history is a Hive table. */
export function HiveConfig(options: HiveConfigOptions): HiveConfigDefinition {
  return readHiveConfig(options)
}

/** Tells a batch config from anything else that was passed as one. */
export function isBatchConfig(value: unknown): value is BatchConfigDefinition {
  if (!isPlainObject(value) || !Object.isFrozen(value)) return false
  return value.kind === 'file_config' || value.kind === 'hive_config'
}

/** Makes a file config of anything that has its shape, by every rule. */
export function readFileConfig(value: unknown): FileConfigDefinition {
  const where = 'FileConfig'
  const options = requireOptions(where, value, ['uri', 'fileFormat', ...batchOptions])
  const fileFormat = formats.find(format => format === options.fileFormat)
  if (fileFormat === undefined) {
    throw new ValidationError(
      `${where}: fileFormat is one of ${formats.join(', ')} but received ${describe(options.fileFormat)}.`,
    )
  }
  return Object.freeze({
    kind: 'file_config',
    uri: requiredText(where, options, 'uri'),
    fileFormat,
    ...readBatchOptions(where, options),
  })
}

/** Makes a Hive config of anything that has its shape, by every rule. */
export function readHiveConfig(value: unknown): HiveConfigDefinition {
  const where = 'HiveConfig'
  const options = requireOptions(where, value, ['database', 'table', 'location', ...batchOptions])
  const location = textOption(where, options, 'location')
  return Object.freeze({
    kind: 'hive_config',
    database: requiredText(where, options, 'database'),
    table: requiredText(where, options, 'table'),
    ...(location === undefined ? {} : { location }),
    ...readBatchOptions(where, options),
  })
}

function readBatchOptions(where: string, options: PlainObject): BatchOptions {
  const timestampField = textOption(where, options, 'timestampField')
  const dataDelay = readDuration(where, 'dataDelay', options.dataDelay)
  return {
    ...(timestampField === undefined ? {} : { timestampField }),
    ...(dataDelay === undefined ? {} : { dataDelay }),
  }
}

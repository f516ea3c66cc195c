import type { AnyField } from '../fields/field.ts'
import { requiredText, requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { readFieldList } from '../fields/read-fields.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type DatetimePartitionColumn, readPartitionColumns } from './datetime-partition-column.ts'
import { type Duration, readDuration } from './duration.ts'

interface BatchOptions {
  /** The column that says when an event happened. */
  readonly timestampField?: string
  /** How that column's text is to be read, such as `yyyy-MM-dd HH:mm:ss`, where it is no timestamp. */
  readonly timestampFormat?: string
  /** The columns by whose dates the rows lie in folders. */
  readonly datetimePartitionColumns?: readonly DatetimePartitionColumn[]
  /** How long after a period's end its rows are complete. */
  readonly dataDelay?: Duration
}

export interface FileConfigOptions extends BatchOptions {
  /** `s3://bucket/key`, `s3://anonymous@bucket/key` (unsigned), `https://…` or a path. */
  readonly uri: string
  readonly fileFormat: FileFormat
  /** A file whose schema all of them have. */
  readonly schemaUri?: string
  /** The columns and types that they are read as, instead of those that they name. */
  readonly schemaOverride?: readonly AnyField[]
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

const batchOptions = [
  'timestampField',
  'timestampFormat',
  'datetimePartitionColumns',
  'dataDelay',
  'postProcessor',
]
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
  const options = requireOptions(where, value, [
    'uri',
    'fileFormat',
    'schemaUri',
    'schemaOverride',
    ...batchOptions,
  ])
  const schemaUri = textOption(where, options, 'schemaUri')
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
    ...(schemaUri === undefined ? {} : { schemaUri }),
    ...(options.schemaOverride === undefined
      ? {}
      : { schemaOverride: readFieldList(where, options, 'schemaOverride') }),
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
  if (options.postProcessor !== undefined) {
    throw new ValidationError(
      `${where}: postProcessor is not available yet; let the files hold the columns of the schema.`,
    )
  }
  const timestampField = textOption(where, options, 'timestampField')
  const timestampFormat = textOption(where, options, 'timestampFormat')
  const partitionColumns = options.datetimePartitionColumns
  const dataDelay = readDuration(where, 'dataDelay', options.dataDelay)
  return {
    ...(timestampField === undefined ? {} : { timestampField }),
    ...(timestampFormat === undefined ? {} : { timestampFormat }),
    ...(partitionColumns === undefined
      ? {}
      : { datetimePartitionColumns: readPartitionColumns(where, partitionColumns) }),
    ...(dataDelay === undefined ? {} : { dataDelay }),
  }
}

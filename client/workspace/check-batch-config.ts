import type { BatchConfigDefinition } from '../../shared/definitions/batch-config.ts'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { Check } from '../../shared/validation.ts'
import { batchPlace } from './batch-uri.ts'
import { type ColumnKind, type FilePorts, readParquetColumns } from './parquet-columns.ts'

/** The columns of a file that hold a field's values, by the field's type. */
const holding: { readonly [kind: string]: readonly ColumnKind[] } = {
  string: ['string'],
  bool: ['bool'],
  int32: ['int32'],
  int64: ['int64', 'int32'],
  float32: ['float32'],
  float64: ['float64', 'float32', 'int32'],
  timestamp: ['timestamp'],
  array: ['array'],
  map: ['map'],
  struct: ['struct'],
}

/**
 * Looks whether a source's batch config has all columns of its schema, where its file can be read from here: Parquet
 * over https, or of a public bucket. Nothing where the source has none. Cost: one to three range requests.
 */
export async function checkBatchConfig(
  ports: FilePorts & { readonly s3Endpoint?: string },
  { batchConfig, schema }: Pick<AnySource, 'batchConfig' | 'schema'>,
): Promise<Check | undefined> {
  if (batchConfig === undefined) return undefined
  const what = 'batch config'
  if (batchConfig.kind === 'hive_config') {
    return { what, outcome: 'not_checked', sentence: 'Hive tables are not readable yet.' }
  }
  const { uri, fileFormat } = batchConfig
  if (fileFormat !== 'parquet') {
    const sentence = `Columns of files in ${fileFormat} are not readable yet.`
    return { what, outcome: 'not_checked', sentence }
  }
  const place = batchPlace(uri, ports.s3Endpoint)
  if ('reason' in place) return { what, outcome: 'not_checked', sentence: place.reason }
  const found = await readParquetColumns(ports, place.url)
  if (found.outcome !== 'read') return { what, outcome: found.outcome, sentence: found.reason }
  const wrong = [
    ...schema.flatMap(field => wrongColumn(field, found.columns, batchConfig)),
    ...wrongTime(found.columns, batchConfig),
  ]
  if (wrong.length === 0) {
    const sentence = `${uri} has the ${schema.length} columns of the schema.`
    return { what, outcome: 'ok', sentence }
  }
  return { what, outcome: 'failed', sentence: `In ${uri} ${wrong.join(', and ')}.` }
}

type FileConfig = BatchConfigDefinition & { readonly kind: 'file_config' }

function wrongColumn(
  { name, dtype }: AnyField,
  columns: ReadonlyMap<string, ColumnKind>,
  { timestampField, timestampFormat, schemaOverride }: FileConfig,
): readonly string[] {
  const kind = columns.get(name)
  if (kind === undefined) return [`there is no column "${name}"`]
  const read = schemaOverride?.find(field => field.name === name)?.dtype.kind ?? kind
  const isFormatted = name === timestampField && timestampFormat !== undefined
  if (isFormatted || read === dtype.kind) return []
  if (holding[dtype.kind]?.some(one => one === read)) return []
  return [`the column "${name}" is ${read} and not ${dtype.kind}`]
}

function wrongTime(
  columns: ReadonlyMap<string, ColumnKind>,
  { timestampField }: FileConfig,
): readonly string[] {
  if (timestampField === undefined || columns.has(timestampField)) return []
  return [`there is no column "${timestampField}", which timestampField names`]
}

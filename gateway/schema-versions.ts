import { readPostProcessor } from '../shared/expressions/post-processor.ts'
import type { Translator } from '../shared/expressions/translator.ts'
import type { AnyType } from '../shared/fields/data-type.ts'
import { decodeFields } from '../shared/fields/encode-fields.ts'
import type { AnyField } from '../shared/fields/field.ts'
import { isArrayType, isMapType, isStructType } from '../shared/fields/nested-types.ts'
import type { StoredRecord } from './canonical-records.ts'
import { isRecord } from './is-record.ts'
import type { ResolvedSource } from './registry/resolved-definitions.ts'
import { valueIn } from './value-in.ts'

/** Gives a record with exactly the fields of one schema, in its order, missing ones as null. */
export type Reshape = (record: StoredRecord) => StoredRecord

/** The schemas that a source had, by the versions of the workspace that records carry. */
export interface SchemaVersions {
  /** What is pushed and stored. */
  readonly fields: readonly AnyField[]
  /** What is read: the same, unless a post-processor makes rows of records. */
  readonly rows: readonly AnyField[]
  /** Makes rows of records of the present schema; absent where they are the same. */
  readonly translator?: Translator
  /** All schemas, the oldest first, the present one last. */
  readonly all: readonly (readonly AnyField[])[]
  /** Makes records that a version admitted records of the present schema; nothing where they already are. */
  toPresent(version: number): Reshape | undefined
  /** Makes records of the present schema what a version admitted, text for text; nothing where they already are. */
  toAdmitted(version: number): Reshape | undefined
}

/**
 * Gives the schemas of a source. A wider type's canonical values hold those of the narrower one as they are, so
 * only fields that were added, or ordered otherwise, tell records of two schemas apart.
 * Cost: the schemas are decoded once; nothing for a record of the present one.
 */
export function schemaVersions({
  fields: present,
  earlier = [],
  translator,
}: Pick<ResolvedSource, 'fields' | 'earlier' | 'translator'>): SchemaVersions {
  const fields = decodeFields(present)
  const old = earlier.map(schema => {
    const fields = decodeFields(schema.fields)
    return { until: schema.until, fields, reshape: recordReshape(fields) }
  })
  const toPresent = old.length === 0 ? undefined : recordReshape(fields)
  const at = (version: number) => old.find(({ until }) => version < until)
  return {
    fields,
    ...rowsOf(fields, translator),
    all: [...old.map(schema => schema.fields), fields],
    toPresent: version => at(version) && toPresent,
    toAdmitted: version => at(version)?.reshape,
  }
}

function rowsOf(
  fields: readonly AnyField[],
  translator: ResolvedSource['translator'],
): Pick<SchemaVersions, 'rows' | 'translator'> {
  if (translator === undefined) return { rows: fields }
  const rows = decodeFields(translator.fields)
  const postProcessor = readPostProcessor(translator.postProcessor)
  return { rows, translator: postProcessor['~translator'](fields, rows) }
}

/** Gives records the fields of a schema; what has other fields under it is copied, the rest is shared. */
function recordReshape(fields: readonly AnyField[]): Reshape {
  const members = fields.map(({ name, dtype }) => [name, valueReshape(dtype)] as const)
  return record => {
    const reshaped: { [field: string]: unknown } = {}
    for (const [name, reshape] of members) {
      const value = valueIn(record, name)
      reshaped[name] = reshape === undefined || value === null ? value : reshape(value)
    }
    return reshaped
  }
}

/** Nothing for types that hold no struct: their values are the same in every schema. */
function valueReshape(type: AnyType): ((value: unknown) => unknown) | undefined {
  if (isStructType(type)) {
    const reshape = recordReshape(type.fields)
    return value => (isRecord(value) ? reshape(value) : value)
  }
  if (isArrayType(type)) {
    const reshape = valueReshape(type.element)
    return reshape && (value => (Array.isArray(value) ? value.map(reshape) : value))
  }
  if (isMapType(type)) {
    const reshape = valueReshape(type.value)
    if (reshape === undefined) return undefined
    return value =>
      isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, reshape(member)]))
        : value
  }
  return undefined
}

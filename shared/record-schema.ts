import type { ArrayPathItem, BaseIssue, BaseSchema, ObjectPathItem } from 'valibot'
import { checkRecord, explainRefusal, type RecordRefusal } from './check-record.ts'
import type { RecordCode } from './error-codes.ts'
import type { CanonicalRecord } from './fields/data-type.ts'
import type { AnyField, RecordOf } from './fields/field.ts'
import { isPlainObject } from './fields/plain-object.ts'
import type { Refusal } from './fields/refusal.ts'
import { maxFieldsPerSchema } from './wire-limits.ts'

type PathItem = ObjectPathItem | ArrayPathItem

/** One bad field of a record; `type` is the code that receipts carry. */
export interface RecordIssue extends BaseIssue<unknown> {
  readonly kind: 'schema'
  readonly type: RecordCode
  readonly expected: string
  readonly path?: [PathItem, ...PathItem[]]
  /** The refusal in the words of receipts; its reason is the message. */
  readonly refusal: RecordRefusal
}

/** A valibot schema, and so a Standard Schema, of one source's records. */
export interface RecordSchema<Fields extends readonly AnyField[]>
  extends BaseSchema<RecordOf<Fields>, CanonicalRecord, RecordIssue> {
  readonly type: 'record'
  readonly reference: typeof recordSchema
  readonly expects: 'object'
  readonly fields: Fields
}

/**
 * Gives the schema of a source's records: plain objects in, {@link CanonicalRecord} out, by {@link checkRecord}.
 * It runs itself, without valibot. There is an issue for each bad field (with `abortEarly` for the first), at
 * most 256.
 */
export function recordSchema<const Fields extends readonly AnyField[]>(
  fields: Fields,
): RecordSchema<Fields> {
  const schema: RecordSchema<Fields> = {
    kind: 'schema',
    type: 'record',
    reference: recordSchema,
    expects: 'object',
    async: false,
    fields,
    '~standard': {
      version: 1,
      vendor: 'valibot',
      validate(value) {
        const result = schema['~run']({ value }, {})
        return result.issues ? { issues: result.issues } : result
      },
    },
    '~run'({ value }, { abortEarly }) {
      const most = abortEarly ? 1 : maxFieldsPerSchema
      const { record, refusals } = checkRecord(fields, value, most)
      const [first, ...others] = refusals
      if (first === undefined) return { typed: true, value: record }
      return {
        typed: false,
        value,
        issues: [issueOf(value, first), ...others.map(refusal => issueOf(value, refusal))],
      }
    },
  }
  return schema
}

/** Gives the first refusal of a parse result in the words of receipts, or nothing if it succeeded. */
export function firstRefusal(result: {
  readonly issues?: readonly RecordIssue[] | undefined
}): RecordRefusal | undefined {
  return result.issues?.[0]?.refusal
}

/** Gives the one JSON text of a checked record: what is stored, hashed and counted against limits. */
export function canonicalText(record: CanonicalRecord): string {
  return JSON.stringify(record)
}

function issueOf(input: unknown, refusal: Refusal): RecordIssue {
  const { code, expected, received } = refusal
  const [first, ...rest] = pathItems(input, refusal)
  const explained = explainRefusal(refusal)
  return {
    kind: 'schema',
    type: code,
    input: first === undefined ? input : (rest.at(-1) ?? first).value,
    expected,
    received,
    message: explained.reason,
    refusal: explained,
    ...(first === undefined ? {} : { path: [first, ...rest] }),
  }
}

function pathItems(root: unknown, { code, path }: Refusal): PathItem[] {
  const origin = code === 'unknown_field' || code === 'bad_key' ? 'key' : 'value'
  let input = root
  return path.map(key => {
    const item = pathItem(input, key, origin)
    input = item.value
    return item
  })
}

function pathItem(input: unknown, key: string | number, origin: 'key' | 'value'): PathItem {
  if (Array.isArray(input) && typeof key === 'number') {
    return { type: 'array', origin: 'value', input, key, value: input[key] }
  }
  const object = isPlainObject(input) ? input : {}
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  return { type: 'object', origin, input: object, key: String(key), value }
}

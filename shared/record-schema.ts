import { _standardSchema, type BaseIssue, type BaseSchema, type IssuePathItem } from 'valibot'
import type { RecordCode } from './error-codes.ts'
import { checkFields } from './fields/check-fields.ts'
import type { CanonicalRecord } from './fields/data-type.ts'
import type { AnyField, RecordOf } from './fields/field.ts'
import { isPlainObject } from './fields/plain-object.ts'
import { type Refusal, refuse } from './fields/refusal.ts'
import { shorten } from './fields/text.ts'
import { limits } from './limits.ts'

/** One bad field of a record; `type` is the code that receipts carry. */
export interface RecordIssue extends BaseIssue<unknown> {
  readonly kind: 'schema'
  readonly type: RecordCode
  readonly expected: string
  /** A sentence: `"delay": Expected int64 but received "high".` */
  readonly message: string
}

/** A valibot schema, and so a Standard Schema, of one source's records. */
export interface RecordSchema<Fields extends readonly AnyField[]>
  extends BaseSchema<RecordOf<Fields>, CanonicalRecord, RecordIssue> {
  readonly type: 'record'
  readonly reference: typeof recordSchema
  readonly expects: 'object'
  readonly fields: Fields
}

/** Why a record was refused, as receipts say it: its first bad field. */
export interface RecordRefusal {
  /** Dotted path (`at.lat`, `tags.2`); absent when the record itself is no object. */
  readonly field?: string
  readonly code: RecordCode
  readonly reason: string
}

/**
 * Gives the schema of a source's records: plain objects in, {@link CanonicalRecord} out.
 * Client and gateway use this same one. There is an issue for each bad field (with `abortEarly` for the
 * first), at most 256. Whether an event time lies ahead of the clock is the gateway's question alone.
 */
export function recordSchema<const Fields extends readonly AnyField[]>(
  fields: Fields,
): RecordSchema<Fields> {
  return _standardSchema<RecordSchema<Fields>>({
    kind: 'schema',
    type: 'record',
    reference: recordSchema,
    expects: 'object',
    async: false,
    fields,
    '~run'(dataset, config) {
      const input = dataset.value
      if (!isPlainObject(input)) {
        const refusal = refuse('not_an_object', 'plain object', input)
        return { typed: false, value: input, issues: [issueOf(input, refusal)] }
      }
      const most = config.abortEarly ? 1 : limits.maxFieldsPerSchema
      const { record, refusals } = checkFields(fields, input, most)
      const [first, ...others] = refusals
      if (first === undefined) return { typed: true, value: record }
      return {
        typed: false,
        value: input,
        issues: [issueOf(input, first), ...others.map(refusal => issueOf(input, refusal))],
      }
    },
  })
}

/** Gives the first refusal of a parse result in the words of receipts, or nothing if it succeeded. */
export function firstRefusal(result: {
  readonly issues?: readonly RecordIssue[] | undefined
}): RecordRefusal | undefined {
  const issue = result.issues?.[0]
  if (issue === undefined) return undefined
  const { type: code, message: reason, path } = issue
  if (path === undefined) return { code, reason }
  return { field: pathText(path.map(item => String(item.key))), code, reason }
}

/** Gives the one JSON text of a checked record: what is stored, hashed and counted against limits. */
export function canonicalText(record: CanonicalRecord): string {
  return JSON.stringify(record)
}

function issueOf(input: unknown, refusal: Refusal): RecordIssue {
  const { code, expected, received } = refusal
  const path = pathItems(input, refusal)
  const [first, ...rest] = path
  const sentence = `Expected ${expected} but received ${received}.`
  const field = pathText(refusal.path.map(String))
  return {
    kind: 'schema',
    type: code,
    input: first === undefined ? input : path.at(-1)?.value,
    expected,
    received,
    message: first === undefined ? sentence : `${JSON.stringify(field)}: ${sentence}`,
    ...(first === undefined ? {} : { path: [first, ...rest] }),
  }
}

function pathItems(root: unknown, { code, path }: Refusal): IssuePathItem[] {
  const origin = code === 'unknown_field' || code === 'bad_key' ? 'key' : 'value'
  let input = root
  return path.map(key => {
    const item = pathItem(input, key, origin)
    input = item.value
    return item
  })
}

function pathItem(input: unknown, key: string | number, origin: 'key' | 'value'): IssuePathItem {
  if (Array.isArray(input) && typeof key === 'number') {
    return { type: 'array', origin: 'value', input, key, value: input[key] }
  }
  const object = isPlainObject(input) ? input : {}
  const value = Object.hasOwn(object, key) ? object[key] : undefined
  return { type: 'object', origin, input: object, key: String(key), value }
}

/** Unknown fields may have names of any length. */
function pathText(path: readonly string[]): string {
  return path.map(key => shorten(key, limits.maxKeyBytes)).join('.')
}

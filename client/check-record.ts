import type { AnyField } from '../shared/fields/field.ts'
import { limits } from '../shared/limits.ts'
import {
  canonicalText,
  firstRefusal,
  type RecordRefusal,
  recordSchema,
} from '../shared/record-schema.ts'
import { utf8Length } from '../shared/utf8-length.ts'

type CheckedRecord = { readonly text: string; readonly bytes: number } | RecordRefusal

type RecordCheck = (fields: readonly AnyField[], record: unknown) => CheckedRecord

/**
 * Gives a check by the gateway's own rule, which keeps each source's schema once built. It never throws,
 * whatever a record's getters do.
 */
export function createRecordCheck(): RecordCheck {
  const schemas = new WeakMap<readonly AnyField[], ReturnType<typeof recordSchema>>()
  return (fields, record) => {
    try {
      const schema = schemas.get(fields) ?? recordSchema(fields)
      schemas.set(fields, schema)
      const result = schema['~run']({ value: record }, { abortEarly: true })
      if (!result.typed) return firstRefusal(result) ?? unreadable('it was refused')
      const text = canonicalText(result.value)
      const bytes = utf8Length(text)
      if (bytes <= limits.maxRecordBytes) return { text, bytes }
      const reason = `The record has ${bytes} bytes; at most ${limits.maxRecordBytes} are allowed.`
      return { code: 'record_too_large', reason }
    } catch (error) {
      return unreadable(error)
    }
  }
}

function unreadable(why: unknown): RecordRefusal {
  return { code: 'not_an_object', reason: `The record cannot be read: ${why}` }
}

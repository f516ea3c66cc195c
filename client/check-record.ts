import { checkRecord, explainRefusal, type RecordRefusal } from '../shared/check-record.ts'
import type { AnyField } from '../shared/fields/field.ts'
import { canonicalText } from '../shared/record-schema.ts'
import { utf8Length } from '../shared/utf8-length.ts'
import { maxRecordBytes } from '../shared/wire-limits.ts'

type CheckedRecord = { readonly text: string; readonly bytes: number } | RecordRefusal

/** Checks by the gateway's own rule. Never throws, whatever a schema holds or a record's getters do. */
export function checkPushed(fields: readonly AnyField[], given: unknown): CheckedRecord {
  try {
    const { record, refusals } = checkRecord(fields, given)
    if (refusals[0]) return explainRefusal(refusals[0])
    const text = canonicalText(record)
    const bytes = utf8Length(text)
    if (bytes <= maxRecordBytes) return { text, bytes }
    const reason = `The record has ${bytes} bytes; at most ${maxRecordBytes} are allowed.`
    return { code: 'record_too_large', reason }
  } catch (error) {
    return { code: 'not_an_object', reason: `The record cannot be read: ${error}` }
  }
}

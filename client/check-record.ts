import { checkRecord, explainRefusal, type RecordRefusal } from '../shared/check-record.ts'
import { canonicalText } from '../shared/record-schema.ts'
import { utf8Length } from '../shared/utf8-length.ts'
import { maxRecordBytes } from '../shared/wire-limits.ts'
import type { Source } from './client-contract.ts'

type CheckedRecord = { readonly text: string; readonly bytes: number } | RecordRefusal

/** Checks by the gateway's own rule. Never throws, whatever a schema holds or a record's getters do. */
export function checkPushed({ schema, streamConfig }: Source, given: unknown): CheckedRecord {
  try {
    const input = streamConfig?.inputSchema ?? schema
    const { record, refusals } = checkRecord(input, given)
    if (refusals[0]) return explainRefusal(refusals[0])
    const translator = streamConfig?.postProcessor?.['~translator'](input, schema)
    const refusal = translator?.admit(record).refusal
    if (refusal) return refusal
    const text = canonicalText(record)
    const bytes = utf8Length(text)
    if (bytes <= maxRecordBytes) return { text, bytes }
    const reason = `The record has ${bytes} bytes; at most ${maxRecordBytes} are allowed.`
    return { code: 'record_too_large', reason }
  } catch (error) {
    return { code: 'not_an_object', reason: `The record cannot be read: ${error}` }
  }
}

import type { RecordCode } from './error-codes.ts'
import { type CheckedFields, checkFields } from './fields/check-fields.ts'
import type { AnyField } from './fields/field.ts'
import { isPlainObject } from './fields/plain-object.ts'
import { type Refusal, refuse } from './fields/refusal.ts'
import { shorten } from './fields/text.ts'
import { maxKeyBytes } from './wire-limits.ts'

/** Why a record was refused, as receipts say it: its first bad field. */
export interface RecordRefusal {
  /** Dotted path (`at.lat`, `tags.2`); absent when the record itself is no object. */
  readonly field?: string
  readonly code: RecordCode
  /** A sentence: `"delay": Expected int64 but received "high".` */
  readonly reason: string
}

/**
 * Checks a record of a source with these fields: the one rule of client and gateway. Lists at most `most`
 * refusals. Whether an event time lies ahead of the clock is the gateway's question alone.
 */
export function checkRecord(fields: readonly AnyField[], record: unknown, most = 1): CheckedFields {
  if (isPlainObject(record)) return checkFields(fields, record, most)
  return { record: {}, refusals: [refuse('plain object', record, 'not_an_object')] }
}

/** Gives a refusal in the words of receipts. */
export function explainRefusal({ code, expected, received, path }: Refusal): RecordRefusal {
  const reason = `Expected ${expected} but received ${received}.`
  if (path.length === 0) return { code, reason }
  // Unknown fields may have names of any length.
  const field = path.map(key => shorten(String(key), maxKeyBytes)).join('.')
  return { field, code, reason: `${JSON.stringify(field)}: ${reason}` }
}

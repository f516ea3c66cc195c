import type { StoredRecord } from './canonical-records.ts'

/**
 * Gives a record's canonical value of a field, null where it has none. An object of JSON inherits functions under
 * names that fields may have, such as `constructor`; no canonical value is one.
 */
export function valueIn(record: StoredRecord, field: string): unknown {
  const value = record[field]
  return typeof value === 'function' ? null : (value ?? null)
}

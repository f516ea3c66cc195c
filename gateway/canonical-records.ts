import { isRecord } from './is-record.ts'

/** A stored record: canonical values by field name. */
export type StoredRecord = { readonly [field: string]: unknown }

/**
 * Parses canonical texts joined by line feeds at once, which is faster than one by one. The records are those of
 * the schema that admitted them; `reshape` makes them another's.
 */
export function parseRecords(
  text: string,
  reshape?: (record: StoredRecord) => StoredRecord,
): readonly StoredRecord[] {
  // A canonical text holds no line feed: every one stands between two records.
  const records: unknown = JSON.parse(`[${text.replaceAll('\n', ',')}]`)
  if (!Array.isArray(records) || !records.every(isRecord)) {
    throw new TypeError('A stored record is no object.')
  }
  return reshape === undefined ? records : records.map(reshape)
}

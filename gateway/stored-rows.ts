import { parseRecords, type StoredRecord } from './canonical-records.ts'
import type { SchemaVersions } from './schema-versions.ts'

/** How stored records become rows. */
export type RowMaking = Pick<SchemaVersions, 'toPresent' | 'translator'>

/**
 * Parses the canonical texts of stored records that a version admitted, and makes their rows: those of the present
 * schema, translated where the source has a post-processor. There is nothing in the place of a record that its
 * filter leaves out. Throws where a record has no row: none such is ever admitted.
 */
export function parseRows(
  text: string,
  version: number,
  making: Partial<RowMaking>,
): readonly (StoredRecord | undefined)[] {
  const { toPresent, translator } = making
  const records = parseRecords(text, toPresent?.(version))
  return translator === undefined ? records : records.map(record => rowOf(record, translator))
}

/** Gives the row of a record of the present schema; nothing where the filter leaves it out. */
export function rowOf(
  record: StoredRecord,
  translator: RowMaking['translator'],
): StoredRecord | undefined {
  if (translator === undefined) return record
  const { record: row, refusal } = translator.translate(record)
  if (refusal !== undefined) throw new TypeError(`A stored record has no row: ${refusal.reason}`)
  return row
}

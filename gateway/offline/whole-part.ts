import type { AnyField } from '../../shared/fields/field.ts'
import { sha256Hex } from '../../shared/keys.ts'
import type { Part } from '../contracts.ts'
import type { PartStore } from '../ports.ts'
import { type Row, readPart } from './read-part.ts'

/** A part that is not what the catalogue lists; its message says what is wrong, and nothing of it is served. */
export class DamagedPart extends Error {}

/** Gets a part's file and checks that it is the one that was committed. */
export async function getWholePart(parts: PartStore, part: Part): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await parts.get(part.key)
  if (bytes === undefined) throw damaged(part, 'is not in the object store')
  if ((await sha256Hex(bytes)) === part.sha256) return bytes
  throw damaged(part, 'does not have the digest that the catalogue holds')
}

/**
 * Reads a part's rows and checks that they are those of its range: as many as the catalogue says, with
 * offsets that ascend within it without a gap. Cost: one get, and the columns in memory.
 */
export async function readWholePart(
  parts: PartStore,
  part: Part,
  fields: readonly AnyField[],
  columns: readonly string[],
): Promise<Row[]> {
  const bytes = await getWholePart(parts, part)
  const rows = await readPart(bytes, fields, columns).catch(cause => {
    throw damaged(part, 'cannot be read as Parquet', cause)
  })
  if (rows.length !== part.rows) {
    throw damaged(
      part,
      `holds ${rows.length} rows and not the ${part.rows} that the catalogue lists`,
    )
  }
  const at = rows.findIndex((row, at) => Number(row._offset) !== part.start + at)
  if (at >= 0 || part.end - part.start !== rows.length) {
    throw damaged(part, `does not hold the offsets [${part.start}, ${part.end}) one by one`)
  }
  return rows
}

function damaged({ name }: Part, what: string, cause?: unknown): DamagedPart {
  return new DamagedPart(`The part ${name} ${what}.`, { cause })
}

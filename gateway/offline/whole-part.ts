import type { AnyField } from '../../shared/fields/field.ts'
import { sha256Hex } from '../../shared/keys.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { PartStore } from '../ports.ts'
import { type Row, readPart, rowsOfPart } from './read-part.ts'

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
 * Reads a part's rows, a row group at a time, and checks that they are those of its range: as many as the
 * catalogue says, before the first is given, and with offsets that ascend within it without a gap. Leaves row
 * groups out that hold nothing above the offset `after`. Cost: one get, the file and a row group of the
 * columns in memory.
 */
export async function* readWholePart(
  parts: PartStore,
  part: Part,
  fields: readonly AnyField[],
  columns: readonly string[],
  after = -1,
): AsyncGenerator<Row[]> {
  const { start, end, rows } = part
  const bytes = await getWholePart(parts, part)
  const notParquet = (cause: unknown) => damaged(part, 'cannot be read as Parquet', cause)
  const found = await rowsOfPart(bytes).catch(cause => {
    throw notParquet(cause)
  })
  if (found.rows !== rows) {
    throw damaged(part, `holds ${found.rows} rows and not the ${rows} that the catalogue lists`)
  }
  const fromRow = found.groupStarts.findLast(at => start + at <= after + 1) ?? 0
  const groups = readPart(bytes, fields, columns, fromRow)
  let next = start + fromRow
  for (;;) {
    const group = await groups.next().catch(cause => {
      throw notParquet(cause)
    })
    const isWhole = !group.done || (next === end && end - start === rows)
    const isDense = group.done || group.value.every((row, at) => row._offset === next + at)
    if (!isWhole || !isDense) {
      throw damaged(part, `does not hold the offsets [${start}, ${end}) one by one`)
    }
    if (group.done) return
    next += group.value.length
    yield group.value
  }
}

function damaged({ name }: Part, what: string, cause?: unknown): DamagedPart {
  return new DamagedPart(`The part ${name} ${what}.`, { cause })
}

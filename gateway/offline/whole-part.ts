import type { AnyField } from '../../shared/fields/field.ts'
import { sha256Hex } from '../../shared/keys.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { PartStore } from '../ports.ts'
import { openPart, type PartGroup, type Row } from './read-part.ts'

/** A part that is not what the catalogue lists; its message says what is wrong, and nothing of it is served. */
export class DamagedPart extends Error {}

/** Gets a part's file and checks that it is the one that was committed. */
export async function getWholePart(parts: PartStore, part: Part): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await parts.get(part.key)
  if (bytes === undefined) throw damaged(part, 'is not in the object store')
  if ((await sha256Hex(bytes)) === part.sha256) return bytes
  throw damaged(part, 'does not have the digest that the catalogue holds')
}

/** Which row groups of a part are read; absent: all. */
export interface WantedGroups {
  /** Only those with rows above this offset. */
  readonly after?: number
  /** Only those that this says of, by what the footer says of them. */
  readonly mayMatch?: (group: PartGroup) => boolean
  /** Told of each that is read. */
  readonly touched?: (part: Part, group: PartGroup) => void
}

/**
 * Reads a part's rows, a row group at a time, and checks that they are those of its range: as many as the
 * catalogue says, before the first is given, and with offsets that ascend within it without a gap. Row groups that
 * are not wanted are never decoded. Cost: one get, the file and a row group of the columns in memory.
 */
export async function* readWholePart(
  parts: PartStore,
  part: Part,
  fields: readonly AnyField[],
  columns: readonly string[],
  { after = -1, mayMatch = () => true, touched }: WantedGroups = {},
): AsyncGenerator<Row[]> {
  const { start, end, rows } = part
  const bytes = await getWholePart(parts, part)
  const notParquet = (cause: unknown) => damaged(part, 'cannot be read as Parquet', cause)
  const { groups, rowsOf } = await openPart(bytes).catch(cause => {
    throw notParquet(cause)
  })
  const found = groups.reduce((sum, group) => sum + group.rows, 0)
  if (found !== rows) {
    throw damaged(part, `holds ${found} rows and not the ${rows} that the catalogue lists`)
  }
  const notDense = () => damaged(part, `does not hold the offsets [${start}, ${end}) one by one`)
  if (end - start !== rows) throw notDense()
  for (const group of groups) {
    if (start + group.start + group.rows - 1 <= after || !mayMatch(group)) continue
    touched?.(part, group)
    const read = await rowsOf(group, fields, columns).catch(cause => {
      throw notParquet(cause)
    })
    const first = start + group.start
    const isDense = read.every((row, at) => row._offset === first + at)
    if (read.length !== group.rows || !isDense) throw notDense()
    yield read
  }
}

function damaged({ name }: Part, what: string, cause?: unknown): DamagedPart {
  return new DamagedPart(`The part ${name} ${what}.`, { cause })
}

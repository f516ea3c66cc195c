import type { Range } from '../contracts/message.ts'
import type { PartStore, StoredPart } from '../ports.ts'
import type { BuiltPart } from './build-part.ts'

/**
 * Puts a part under a name that no other rows have. Gives the stored object, which may be that of an
 * earlier attempt with the same rows, or nothing where an object with other rows has its name.
 */
export async function storePart(
  parts: PartStore,
  key: string,
  [start, end]: Range,
  { bytes, rows, digest }: BuiltPart,
): Promise<StoredPart | undefined> {
  const metadata = {
    format: '1',
    start: String(start),
    end: String(end),
    rows: String(rows),
    digest,
  }
  const stored = (await parts.putNew(key, bytes, metadata)) ?? (await parts.head(key))
  if (stored === undefined) throw new Error('The object store neither took nor holds the part.')
  const same = Object.entries(metadata).every(([field, value]) => stored.metadata[field] === value)
  return same ? stored : undefined
}

import { murmur3 } from '../../shared/murmur3.ts'

/** Entities map to this many slots for ever, and slots to shards. */
export const slotCount = 256

/** The canonical key of an entity: its join keys' canonical values as a JSON array. */
export function entityKeyOf(
  joinKeys: readonly string[],
  record: { readonly [field: string]: unknown },
): string {
  return JSON.stringify(joinKeys.map(name => record[name] ?? null))
}

/** The slot of an entity: part of the stored formats, so it never changes. */
export function slotOf(entityKey: string): number {
  return murmur3(entityKey) & (slotCount - 1)
}

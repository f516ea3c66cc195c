import { murmur3 } from '../../shared/murmur3.ts'

/** Places of one slot: `[0, slotWidth)`. */
export const slotWidth = 0x1000000

/**
 * The place of an entity among all: its slot in the upper eight bits, below it the rest of its hash from the
 * lowest bit down. Part of the stored formats, so it never changes.
 */
export function placeOf(entityKey: string): number {
  const hash = murmur3(entityKey)
  return ((hash << 24) | (reverse(hash) & (slotWidth - 1))) >>> 0
}

export function slotOfPlace(place: number): number {
  return place >>> 24
}

/** Where in its slot a place lies. */
export function withinSlot(place: number): number {
  return place & (slotWidth - 1)
}

/** Where page n of format 1 begins, out of a power of two of them: it held the entities whose hash ends in n. */
export function startOfOldPage(page: number): number {
  return (reverse(page) >>> 8) & (slotWidth - 1)
}

/** The 32 bits of a number from the last to the first. */
function reverse(bits: number): number {
  let turned = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1)
  turned = ((turned >>> 2) & 0x33333333) | ((turned & 0x33333333) << 2)
  turned = ((turned >>> 4) & 0x0f0f0f0f) | ((turned & 0x0f0f0f0f) << 4)
  turned = ((turned >>> 8) & 0x00ff00ff) | ((turned & 0x00ff00ff) << 8)
  return ((turned >>> 16) | (turned << 16)) >>> 0
}

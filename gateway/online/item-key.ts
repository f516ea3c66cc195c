import { placeOf, slotOfPlace, withinSlot } from './entity-place.ts'

/**
 * What a page holds is an item: an entity by its key, which is a JSON array, or a piece of what a view keeps of it,
 * by that key and `LEVEL:NUMBER`. Level 1 is the records of a narrowest tile, level n + 1 the tiles of a wider one.
 */
export function itemKeyOf(entityKey: string, level: number, at: number): string {
  return `${entityKey}${level}:${at}`
}

/** Where an item lies: its slot, and where in it; an entity's pieces lie behind it, by level and time. */
export interface ItemPlace {
  readonly slot: number
  readonly at: number
}

/** Pieces of one level lie in order of time, so many of them before they begin anew. */
const piecesOfLevel = 2 ** 25
const levels = 8

/** The place of an item. Part of the stored formats, so it never changes. Cost: one hash of the entity's key. */
export function itemPlaceOf(itemKey: string): ItemPlace {
  const end = itemKey.lastIndexOf(']') + 1
  if (end === 0 || end === itemKey.length) {
    const place = placeOf(itemKey)
    return { slot: slotOfPlace(place), at: withinSlot(place) }
  }
  const place = placeOf(itemKey.slice(0, end))
  return { slot: slotOfPlace(place), at: withinSlot(place) + fractionOf(itemKey.slice(end)) }
}

/** Above 0 and below 1, exact: 24 bits of the entity's place and these 28 fit a number. */
function fractionOf(piece: string): number {
  const colon = piece.indexOf(':')
  const level = Number(piece.slice(0, colon))
  const at = Number(piece.slice(colon + 1))
  const within = ((at % piecesOfLevel) + piecesOfLevel) % piecesOfLevel
  return (level * piecesOfLevel + within) / (levels * piecesOfLevel)
}

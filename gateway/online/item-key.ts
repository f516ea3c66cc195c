import { placeOf, slotOfPlace, withinSlot } from './entity-place.ts'

/**
 * What a page holds is an item: an entity by its key, which is a JSON array, or a piece of what views keep of it, by
 * that key and `LEVEL:END`, the end of the piece's tile in milliseconds since 1970. Level 0 is the records of a
 * narrowest tile, level n the tiles of which one of the nth width consists. From level 8 on it is the
 * records of tiles that a narrowest one is divided into.
 */
export function itemKeyOf(entityKey: string, level: number, endMs: number): string {
  return `${entityKey}${level}:${endMs}`
}

/** The level of a piece; nothing for an entity itself. */
export function levelOf(itemKey: string): number | undefined {
  const end = itemKey.lastIndexOf(']') + 1
  const colon = itemKey.indexOf(':', end)
  return end === 0 || colon < 0 ? undefined : Number(itemKey.slice(end, colon))
}

/** Where an item lies: its slot, and where in it. */
export interface ItemPlace {
  readonly slot: number
  readonly at: number
}

/** Pieces lie in order of their seconds, so many of them (388 days) before they begin anew. */
const secondsAround = 2 ** 25
/** What a tile is divided into lies in order of its milliseconds, so many of them (3 days) before they begin anew. */
const millisecondsAround = 2 ** 28
const levels = 8
/** The level of the tiles that a narrowest one is divided into; those that these are divided into have the next. */
export const dividedLevel = levels

/**
 * The place of an item: an entity's pieces lie behind it, the newest first and wide ones before narrow ones, so that
 * what one record changes lies together and what is old is left alone. Part of the stored formats, so it never
 * changes. Cost: one hash of the entity's key.
 */
export function itemPlaceOf(itemKey: string): ItemPlace {
  const end = itemKey.lastIndexOf(']') + 1
  if (end === 0 || end === itemKey.length) {
    const place = placeOf(itemKey)
    return { slot: slotOfPlace(place), at: withinSlot(place) }
  }
  const place = placeOf(itemKey.slice(0, end))
  return { slot: slotOfPlace(place), at: withinSlot(place) + fractionOf(itemKey.slice(end)) }
}

/** Above 0 and below 1, exact: 24 bits of the entity's place and these 29 fit a number. */
function fractionOf(piece: string): number {
  const colon = piece.indexOf(':')
  const level = Number(piece.slice(0, colon))
  const endMs = Number(piece.slice(colon + 1))
  if (level >= dividedLevel) {
    return (stepsBefore(Math.floor(endMs), millisecondsAround) + 0.5) / millisecondsAround
  }
  const seconds = stepsBefore(Math.floor(endMs / 1_000), secondsAround)
  return (seconds * 2 * levels + (levels - level)) / (secondsAround * 2 * levels)
}

/** How many steps a moment lies before the last one of its round. */
function stepsBefore(at: number, around: number): number {
  return around - 1 - (((at % around) + around) % around)
}

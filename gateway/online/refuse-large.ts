import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { type EntityState, heldBytes, stateBytes } from './entity-state.ts'
import { itemPlaceOf } from './item-key.ts'
import type { Page } from './page.ts'
import { type EntityStates, encodeEntity, settleStates } from './page-text.ts'

/** A place is measured anew once its page has grown by so much: a row has room for as much again. */
const measuredGrowth = 65_536
/** Of a row, what items that lie at one place may take before their records are divided early. */
const roomyBytes = limits.maxRowBytes / 4

/**
 * Refuses a state with which a row would be too large, of all items that lie at its place: no page is split there.
 * Gives whether these leave little room. Cost: nothing in a page that has hardly grown since; measuring costs as much
 * as there is, so that only what comes near a row's size is.
 */
export function refuseLarge(
  page: Page,
  itemKey: string,
  stateKey: string,
  next: EntityState,
  isWanted: (stateKey: string) => boolean,
): boolean {
  const states = page.entities.get(itemKey)
  const held = states?.get(stateKey)
  const size = page.size + heldBytes(next) - (held === undefined ? 0 : heldBytes(held))
  if (size <= measuredGrowth) return false
  const { at } = itemPlaceOf(itemKey)
  const known = page.measured?.get(at)
  const measured = Math.min(size, known?.pageSize ?? 0)
  page.measured ??= new Map()
  if (size - measured <= measuredGrowth) {
    const { isTight = false } = known ?? {}
    page.measured.set(at, { pageSize: measured, isTight })
    return isTight
  }
  const entities = new Map(page.entities).set(itemKey, new Map(states).set(stateKey, next))
  const bytes = placeBytes({ entities }, at, isWanted)
  if (bytes > mostPlaceBytes) {
    throw new ItemTooLarge(
      `One entity's records of about one second, or its tiles, take ${bytes} bytes; the limit of a row is ${limits.maxRowBytes}. An aggregationInterval keeps no records.`,
      itemsAt({ entities }, at, isWanted),
    )
  }
  const isTight = bytes > roomyBytes
  page.measured.set(at, { pageSize: size, isTight })
  return isTight
}

/** No row could hold all that lies at one place: the items there, and whose states take most of it. */
export class ItemTooLarge extends Error {
  readonly itemKeys: readonly string[]
  readonly stateKey: string

  constructor(message: string, items: readonly PlacedItem[]) {
    super(message)
    this.itemKeys = items.map(([itemKey]) => itemKey)
    const bytesOf = new Map<string, number>()
    for (const [, states] of items) {
      for (const [stateKey, state] of states) {
        bytesOf.set(stateKey, (bytesOf.get(stateKey) ?? 0) + stateBytes(state))
      }
    }
    const [[largest] = ['']] = [...bytesOf].sort(([, a], [, b]) => b - a)
    this.stateKey = largest
  }
}

type PlacedItem = readonly [itemKey: string, states: EntityStates]

/** What the items of one place may take in a row. */
export const mostPlaceBytes = limits.maxRowBytes - 1_000

/** How many bytes the items of a place take in a row, about where that is little. */
export function placeBytes(
  page: Pick<Page, 'entities'>,
  at: number,
  isWanted: (stateKey: string) => boolean,
): number {
  const items = itemsAt(page, at, isWanted)
  let bytes = 0
  for (const [, states] of items) for (const state of states.values()) bytes += stateBytes(state)
  if (bytes <= limits.maxRowBytes / 8) return bytes
  let written = 0
  for (const [itemKey, states] of items) {
    written += utf8Length(encodeEntity(itemKey, settleStates(states))) + 1
  }
  return written
}

/** What nobody asks for any more is left out when the page is written. */
function itemsAt(
  { entities }: Pick<Page, 'entities'>,
  at: number,
  isWanted: (stateKey: string) => boolean,
): PlacedItem[] {
  return [...entities]
    .filter(([itemKey]) => itemPlaceOf(itemKey).at === at)
    .map(([itemKey, states]) => [
      itemKey,
      new Map([...states].filter(([stateKey]) => isWanted(stateKey))),
    ])
}

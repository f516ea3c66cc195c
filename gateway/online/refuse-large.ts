import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { type EntityState, heldBytes, stateBytes } from './entity-state.ts'
import { itemPlaceOf } from './item-key.ts'
import type { Page } from './page.ts'
import { type EntityStates, encodeEntity, settleStates } from './page-text.ts'

/** A place is measured anew once its page has grown by so much: a row has room for as much again. */
const measuredGrowth = 65_536

/**
 * Refuses a state with which a row would be too large, of all items that lie at its place: no page is split there.
 * Cost: nothing in a page that has hardly grown since; measuring costs as much as there is, so that only what comes
 * near a row's size is.
 */
export function refuseLarge(
  page: Page,
  itemKey: string,
  stateKey: string,
  next: EntityState,
  isWanted: (stateKey: string) => boolean,
): void {
  const states = page.entities.get(itemKey)
  const held = states?.get(stateKey)
  const size = page.size + heldBytes(next) - (held === undefined ? 0 : heldBytes(held))
  if (size <= measuredGrowth) return
  const { at } = itemPlaceOf(itemKey)
  const measured = Math.min(size, page.measured?.get(at) ?? 0)
  if (size - measured > measuredGrowth) {
    const all: EntityStates = new Map(states).set(stateKey, next)
    const others = [...page.entities].filter(
      ([key]) => key !== itemKey && itemPlaceOf(key).at === at,
    )
    refuseItems([[itemKey, all], ...others], isWanted)
  }
  page.measured ??= new Map()
  page.measured.set(at, size - measured > measuredGrowth ? size : measured)
}

/** No row could hold all that lies at one place: the items there, and whose states take most of it. */
export class ItemTooLarge extends Error {
  readonly itemKeys: readonly string[]
  readonly stateKey: string

  constructor(message: string, itemKeys: readonly string[], stateKey: string) {
    super(message)
    this.itemKeys = itemKeys
    this.stateKey = stateKey
  }
}

/** What nobody asks for any more is left out when the page is written. */
function refuseItems(
  items: readonly (readonly [string, EntityStates])[],
  isWanted: (stateKey: string) => boolean,
): void {
  const wanted = items.map(([itemKey, states]): readonly [string, EntityStates] => [
    itemKey,
    new Map([...states].filter(([stateKey]) => isWanted(stateKey))),
  ])
  let bytes = 0
  const bytesOf = new Map<string, number>()
  for (const [, states] of wanted) {
    for (const [stateKey, state] of states) {
      bytes += stateBytes(state)
      bytesOf.set(stateKey, (bytesOf.get(stateKey) ?? 0) + stateBytes(state))
    }
  }
  if (bytes <= limits.maxRowBytes / 8) return
  let written = 0
  for (const [itemKey, states] of wanted) {
    written += utf8Length(encodeEntity(itemKey, settleStates(states))) + 1
  }
  if (written <= limits.maxRowBytes - 1_000) return
  const [[largest] = ['']] = [...bytesOf].sort(([, a], [, b]) => b - a)
  throw new ItemTooLarge(
    `One entity's records of about one second, or its tiles, take ${written} bytes; the limit of a row is ${limits.maxRowBytes}. An aggregationInterval keeps no records.`,
    wanted.map(([itemKey]) => itemKey),
    largest,
  )
}

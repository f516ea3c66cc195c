import {
  decodeLatest,
  encodeLatest,
  encodePiece,
  type HeldState,
  heldBytes,
  isDivided,
  isFull,
  isLatest,
  listOf,
  stringOf,
} from './entity-state.ts'
import { dividedLevel, levelOf } from './item-key.ts'
import type { PageContent } from './page-statements.ts'

/** A view's state in an item: by the view's id, and by its generation once it was rebuilt. */
export type EntityStates = Map<string, HeldState>

/** Items of one page, each with its state for each view. */
export type PageState = Map<string, EntityStates>

/** An item's states as they are written, and held from then on: all but newest records as texts. */
export function settleStates(states: EntityStates): EntityStates {
  const settled: EntityStates = new Map()
  for (const [key, state] of states) {
    const isText = typeof state === 'string' || isLatest(state)
    settled.set(key, isText ? state : encodePiece(state))
  }
  return settled
}

/** An item with settled states as text: `[item, [[state key, state], …]]`, where pieces are texts of their own. */
export function encodeEntity(itemKey: string, settled: EntityStates): string {
  const encoded: unknown[] = []
  for (const [key, state] of settled) {
    if (typeof state === 'string') encoded.push([key, state])
    else if (isLatest(state)) encoded.push([key, encodeLatest(state)])
    else throw new TypeError('A state is written that is not settled.')
  }
  return JSON.stringify([itemKey, encoded])
}

/** What a state takes beside what it holds. */
const headBytes = 80

/** What items add to their page's size. Cost: a look at each. */
export function heldSize(items: PageState): number {
  let size = 0
  for (const [itemKey, states] of items) {
    size += itemKey.length
    for (const state of states.values()) size += heldBytes(state) + headBytes
  }
  return size
}

/** What an item adds to that with one of its states, the others left aside. */
export function sizeOf(itemKey: string, states: EntityStates, stateKey: string): number {
  const held = states.get(stateKey)
  const item = states.size === 0 ? 0 : itemKey.length
  return held === undefined ? item : item + heldBytes(held) + headBytes
}

/** Whether some of these states are not whole records but pieces. */
export function hasPieces(states: EntityStates): boolean {
  for (const state of states.values()) {
    if (typeof state === 'string' || !isLatest(state)) return true
  }
  return false
}

/**
 * What a page of these items holds: entities alone, pieces of them too, or some that were left out, or whose records
 * were divided, or have some of these. Whoever knows nothing of divided records would split both elsewhere.
 */
export function contentOf(items: PageState): PageContent {
  let content: PageContent = 'entities'
  for (const [itemKey, states] of items) {
    const level = levelOf(itemKey) ?? 1
    if (level >= dividedLevel) return 'divided'
    for (const state of states.values()) {
      if (isFull(state) || (level === 0 && isDivided(state))) return 'divided'
    }
    if (content === 'entities' && hasPieces(states)) content = 'pieces'
  }
  return content
}

/** A page as text: its entities' texts as a JSON array. */
export function joinEntities(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/** Reads a page, without the states that nobody asks for any more; throws where it is damaged. */
export function decodePage(text: string, isWanted: (stateKey: string) => boolean): PageState {
  const page: PageState = new Map()
  const items: unknown = JSON.parse(text)
  for (const item of listOf(items)) {
    const [itemKey, states] = listOf(item)
    const wanted: EntityStates = new Map()
    for (const one of listOf(states)) {
      const [key, state] = listOf(one)
      if (!isWanted(stringOf(key))) continue
      // Whole records are what every page of entities is made of; pieces wait until somebody wants them.
      wanted.set(stringOf(key), typeof state === 'string' ? state : decodeLatest(listOf(state)))
    }
    if (wanted.size > 0) page.set(stringOf(itemKey), wanted)
  }
  return page
}

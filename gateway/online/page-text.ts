import { decodeState, type EntityState, encodeState, listOf, stringOf } from './entity-state.ts'

/** A view's state in an item: by the view's id, and by its generation once it was rebuilt. */
export type EntityStates = Map<string, EntityState>

/** Items of one page, each with its state for each view. */
export type PageState = Map<string, EntityStates>

/** An item as text: `[item, [[state key, state], …]]`. */
export function encodeEntity(itemKey: string, states: EntityStates): string {
  const encoded: unknown[] = []
  for (const [key, state] of states) encoded.push([key, encodeState(state)])
  return JSON.stringify([itemKey, encoded])
}

/** A page as text: its entities' texts as a JSON array. */
export function joinEntities(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/** Reads a page, without the states that nobody asks for any more; throws where it is damaged. */
export function decodePage(text: string, isWanted: (stateKey: string) => boolean): PageState {
  const page: PageState = new Map()
  for (const entity of listOf(JSON.parse(text))) {
    const [entityKey, states] = listOf(entity)
    const wanted: EntityStates = new Map()
    for (const one of listOf(states)) {
      const [key, state] = listOf(one)
      if (isWanted(stringOf(key))) wanted.set(stringOf(key), decodeState(listOf(state)))
    }
    if (wanted.size > 0) page.set(stringOf(entityKey), wanted)
  }
  return page
}

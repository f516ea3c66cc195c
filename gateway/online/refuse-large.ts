import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { type EntityState, stateBytes } from './entity-state.ts'
import { type EntityStates, encodeEntity, settleStates } from './page-text.ts'

/** An item with a state this long is looked at: all its states have to fit a row. */
const longState = 8_192

/**
 * Refuses a state with which its item would not fit a row. Cost: nothing for a short one; measuring all of a long
 * one costs as much as it is long, so that only what comes near a row's size is.
 */
export function refuseLarge(
  itemKey: string,
  states: EntityStates | undefined,
  stateKey: string,
  next: EntityState,
): void {
  if (stateBytes(next) <= longState) return
  const all: EntityStates = new Map(states).set(stateKey, next)
  let bytes = 0
  for (const state of all.values()) bytes += stateBytes(state)
  if (bytes <= limits.maxRowBytes / 8) return
  if (utf8Length(encodeEntity(itemKey, settleStates(all))) <= limits.maxRowBytes - 1_000) return
  throw new Error('The states of one entity are larger than a row.')
}

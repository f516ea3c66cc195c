import type { ItemChange } from './fold-aggregates.ts'
import type { PageState } from './page-text.ts'

/** The items of one place as they were when their page had a size. */
export interface MeasuredPlace {
  readonly pageSize: number
  /** Whether they take much of a row together, as pieces of several views do, or of tiles within one second. */
  readonly isTight: boolean
}

/** A state that has no room for more records. */
export interface CrowdedState {
  readonly item: Pick<ItemChange, 'itemKey' | 'divide'>
  readonly stateKey: string
  /** The stream whose record it has no room for. */
  readonly stream: string
  readonly bytes: number
  readonly maxBytes: number
}

/** The entities of one stretch `[start, end)` of a slot's places, in memory. */
export interface Page {
  readonly slot: number
  readonly start: number
  readonly end: number
  readonly entities: PageState
  /** About the length of its text. */
  size: number
  /** By places, what was known when the items that lie there were last measured. */
  measured?: Map<number, MeasuredPlace>
  changed: boolean
  /** How many items it had when all of them lay at one place, so that there was nothing to split. */
  readonly together?: number
  /** A state of an item that has no room for more records, until it is divided. */
  crowded?: CrowdedState
  /** States that could not be divided, each with the bytes at which that is tried again. */
  undivided?: Map<string, number>
  /** How often the cache passes it by before it has to go. */
  chances: number
  /** Offsets of streams that this page has folded and the shard has not: it was written alone. */
  readonly ahead: ReadonlyMap<string, number> | undefined
}

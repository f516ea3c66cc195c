import type { ItemChange } from './fold-aggregates.ts'
import type { PageState } from './page-text.ts'

/** The entities of one stretch `[start, end)` of a slot's places, in memory. */
export interface Page {
  readonly slot: number
  readonly start: number
  readonly end: number
  readonly entities: PageState
  /** About the length of its text. */
  size: number
  /** By places, what its size was when the items that lie there were last measured. */
  measured?: Map<number, number>
  changed: boolean
  /** An item that has no room for more records, until it is divided. */
  crowded?: { readonly item: Pick<ItemChange, 'itemKey' | 'divide'>; readonly stateKey: string }
  /** How often the cache passes it by before it has to go. */
  chances: number
  /** Offsets of streams that this page has folded and the shard has not: it was written alone. */
  readonly ahead: ReadonlyMap<string, number> | undefined
}

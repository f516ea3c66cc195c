import type { Storage } from '../ports.ts'
import type { HeldState } from './entity-state.ts'
import { type FoldMarks, type FoldPosition, isOfHistory } from './fold-marks.ts'
import { type ItemPlace, itemPlaceOf } from './item-key.ts'
import type { Page } from './page.ts'

/** How an item's pages are found and stored. */
export interface DividingPages {
  readonly storage: Pick<Storage, 'transaction'>
  readonly marks: Pick<FoldMarks, 'of' | 'backfills'>
  find(place: ItemPlace): Page
  /** Writes a page with what it has folded; gives the pages that it is by then. */
  store(page: Page): readonly Page[]
}

/**
 * Divides the item of a page that has no room for more records. What it leaves them to may lie in other pages: all of
 * them are stored in one transaction, so that none has a record which another has yet to fold. Where one of them is
 * ahead of the fold, the item waits until the fold has come as far: a record that only some of them have would else be
 * folded twice, or never. Gives what took the places of pages. Cost: a row for each page, eleven or so.
 */
export function divideItem(
  { storage, marks, find, store }: DividingPages,
  page: Page,
  maxBytes: number,
  position: FoldPosition | undefined,
): ReadonlyMap<Page, readonly Page[]> {
  const { item, stateKey } = page.crowded ?? {}
  delete page.crowded
  const held = item && page.entities.get(item.itemKey)?.get(stateKey ?? '')
  const divided = item?.divide?.(held, maxBytes)
  if (item === undefined || stateKey === undefined || divided === undefined) return new Map()
  const states: readonly (readonly [string, HeldState])[] = [
    [item.itemKey, divided.state],
    ...divided.pieces,
  ]
  const copies = new Map<Page, Page>()
  for (const [itemKey, state] of states) {
    const page = find(itemPlaceOf(itemKey))
    const copy = copies.get(page) ?? { ...page, entities: new Map(page.entities), changed: true }
    copy.entities.set(itemKey, new Map(copy.entities.get(itemKey)).set(stateKey, state))
    copies.set(page, copy)
  }
  const waits = copies.size > 1 && [...copies.keys()].some(page => isAhead(page, marks, position))
  if (waits) return new Map()
  return storage.transaction(
    () => new Map([...copies].map(([page, copy]) => [page, store(copy)] as const)),
  )
}

/** Whether a page has folded records that are still to come: it was written alone before a restart. */
function isAhead(
  { ahead }: Page,
  marks: DividingPages['marks'],
  position: FoldPosition | undefined,
): boolean {
  for (const [stream, offset] of ahead ?? []) {
    // History that was folded whole is no stream any more.
    if (isOfHistory(stream) && !marks.backfills.has(stream)) continue
    const folding = position?.streams.find(one => one.stream === stream)
    const known = Math.max(
      marks.of(stream),
      folding === undefined ? -1 : Math.min((position?.offset ?? 0) - 1, folding.upTo),
    )
    if (offset > known) return true
  }
  return false
}

import type { Storage } from '../ports.ts'
import type { HeldState } from './entity-state.ts'
import { type FoldMarks, type FoldPosition, isFoldedBeside, isOfHistory } from './fold-marks.ts'
import { type ItemPlace, itemPlaceOf } from './item-key.ts'
import type { CrowdedState, Page } from './page.ts'
import { mostPlaceBytes, placeBytes } from './refuse-large.ts'

/** How an item's pages are found and stored. */
export interface DividingPages {
  readonly storage: Pick<Storage, 'transaction'>
  readonly marks: Pick<FoldMarks, 'of' | 'backfills'>
  find(place: ItemPlace): Page
  readonly isWanted: (stateKey: string) => boolean
  /** Writes a page with what it has folded; gives the pages that it is by then. */
  store(page: Page): readonly Page[]
}

/** What could not be divided is tried again once it has grown by this, so that trying costs no more than growing. */
const patience = 1.25

/** Takes note of a state that has no room for more records, unless it could not be divided just before. */
export function noteCrowded(page: Page, crowded: CrowdedState): void {
  if (crowded.bytes > (page.undivided?.get(nameOf(crowded)) ?? 0)) page.crowded = crowded
}

function nameOf({ item, stateKey }: Pick<CrowdedState, 'item' | 'stateKey'>): string {
  return `${stateKey} ${item.itemKey}`
}

/**
 * Divides the item of a page that has no room for more records. What it leaves them to may lie in other pages: all of
 * them are stored in one transaction, so that none has a record which another has yet to fold. Where one of them is
 * ahead of the fold, the item waits until the fold has come as far: a record that only some of them have would else be
 * folded twice, or never. It also waits where a row would be too large. Gives what took the places of pages. Cost: a
 * row for each page, eleven or so.
 */
export function divideItem(
  pages: DividingPages,
  page: Page,
  position: FoldPosition | undefined,
): ReadonlyMap<Page, readonly Page[]> {
  const { crowded } = page
  delete page.crowded
  if (crowded === undefined) return new Map()
  const copies = dividedCopies(pages, page, crowded, position)
  if (copies === undefined) {
    page.undivided ??= new Map()
    page.undivided.set(nameOf(crowded), crowded.bytes * patience)
    return new Map()
  }
  return pages.storage.transaction(
    () => new Map([...copies].map(([page, copy]) => [page, pages.store(copy)] as const)),
  )
}

/** The pages with what an item is divided into; nothing where it cannot be, or not yet. */
function dividedCopies(
  { marks, find, isWanted }: DividingPages,
  page: Page,
  crowded: CrowdedState,
  position: FoldPosition | undefined,
): ReadonlyMap<Page, Page> | undefined {
  const { item, stateKey, maxBytes } = crowded
  const divided = item.divide?.(page.entities.get(item.itemKey)?.get(stateKey), maxBytes)
  if (divided === undefined) return undefined
  const states: readonly (readonly [string, HeldState])[] = [
    [item.itemKey, divided.state],
    ...divided.pieces,
  ]
  const copies = new Map<Page, Page>()
  const places: (readonly [Page, number])[] = []
  for (const [itemKey, state] of states) {
    const place = itemPlaceOf(itemKey)
    const page = find(place)
    const copy = copies.get(page) ?? { ...page, entities: new Map(page.entities), changed: true }
    copy.entities.set(itemKey, new Map(copy.entities.get(itemKey)).set(stateKey, state))
    copies.set(page, copy)
    places.push([copy, place.at])
  }
  const isAheadOfFold = (page: Page) => isAhead(page, crowded, marks, position)
  if (copies.size > 1 && [...copies.keys()].some(isAheadOfFold)) return undefined
  const isLarge = places.some(([copy, at]) => placeBytes(copy, at, isWanted) > mostPlaceBytes)
  return isLarge ? undefined : copies
}

/** Whether a page has folded records of a view that are still to come: it was written alone before a restart. */
function isAhead(
  { ahead }: Page,
  { stream: own, stateKey }: CrowdedState,
  marks: DividingPages['marks'],
  position: FoldPosition | undefined,
): boolean {
  for (const [stream, offset] of ahead ?? []) {
    // Records of other sources and views may never come, and nothing of what is divided is theirs.
    if (!isFoldedBeside(stream, own, stateKey)) continue
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

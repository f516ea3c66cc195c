import type { PageSizes } from '../page-sizes.ts'
import type { Storage } from '../ports.ts'
import { divideItem, noteCrowded } from './divide-item.ts'
import { slotWidth } from './entity-place.ts'
import {
  decodePiece,
  type EntityState,
  type HeldState,
  heldBytes,
  stateBytes,
} from './entity-state.ts'
import type { ItemChange } from './fold-aggregates.ts'
import { type FoldMarks, type FoldPosition, isOfHistory, type Marks } from './fold-marks.ts'
import { type ItemPlace, itemPlaceOf } from './item-key.ts'
import type { Page } from './page.ts'
import { createPageCache } from './page-cache.ts'
import type { PageStatements } from './page-statements.ts'
import { contentOf, decodePage, heldSize, sizeOf } from './page-text.ts'
import { refuseLarge } from './refuse-large.ts'
import { splitPage } from './split-page.ts'

/** What becomes of a state of an item; the one before stays as it is. */
export type ChangedItem = Pick<ItemChange, 'itemKey' | 'change' | 'divide'>

export interface EntityPages {
  /**
   * The pages of an entity's items, nothing where its slot is another shard's: all of them before any is folded
   * into, so that what fails here has changed none. Cost: a hash each; a read where one is not in memory, and a row
   * written for each changed page that has to make room.
   */
  open(itemKeys: readonly string[], position?: FoldPosition): readonly Page[] | undefined
  /** Changes a view's state in an item, unless the page has folded that offset of the stream already. */
  change(page: Page, item: ChangedItem, stateKey: string, stream: string, offset: number): void
  /** Puts a state into an item's place, or takes it away, whatever the page has folded. */
  replace(page: Page, itemKey: string, stateKey: string, state: EntityState | undefined): void
  /** Writes a page alone, at once. */
  store(page: Page, position: FoldPosition): void
  /** Takes a change back: the state is what it was before. */
  restore(page: Page, itemKey: string, stateKey: string, state: HeldState | undefined): void
  get(itemKey: string, stateKey: string): EntityState | undefined
  /** Forgets a view's state in an item. */
  drop(itemKey: string, stateKey: string): void
  /** Writes every changed page; part of the caller's transaction, which stores the marks too. */
  write(): void
  /** Takes what was written as stored, once the transaction has ended. */
  settle(): void
  /** Forgets the pages of slots that are no longer owned; all of them are written. */
  dropForeign(): void
  /** Text of the pages in memory, about. */
  heldBytes(): number
}

export interface PagesContext {
  readonly storage: Pick<Storage, 'transaction'>
  readonly statements: PageStatements
  readonly sizes: PageSizes
  readonly marks: FoldMarks
  /** Whether a view's state is of its present generation; older ones are left out as pages pass by. */
  readonly isWanted: (stateKey: string) => boolean
  readonly owns?: (slot: number) => boolean
}

/** A page that has grown to so many times its size is split before it grows on. */
const mostGrown = 8
/** Where the items of a place have little room together, each may take so much less. */
const tightShare = 8

/**
 * The entities of a shard in pages that are read when they are wanted and kept while there is room. A
 * changed page that has to go is written alone, with the offsets that it has folded and the stored marks
 * do not say; one that is too large is split where its entities lie, alone, in one transaction.
 */
export function createEntityPages(context: PagesContext): EntityPages {
  const { storage, statements, sizes, marks, isWanted } = context
  const { owns = () => true } = context
  const cache = createPageCache()
  let written: { readonly page: Page; readonly pages: readonly Page[] }[] = []

  const load = (slot: number, at: number): Page => {
    const { start, end, stored } = statements.pageAt(slot, at)
    const entities = stored === undefined ? new Map() : decodePage(stored.entities, isWanted)
    const page: Page = {
      slot,
      start,
      end: end ?? slotWidth,
      entities,
      size: heldSize(entities),
      changed: false,
      chances: 1,
      ahead: stored && aheadOf(stored.folded),
    }
    cache.add(page)
    return page
  }

  /** What a page that was written alone has folded beyond what the shard knows. */
  const aheadOf = (folded: Marks): Map<string, number> | undefined => {
    let ahead: Map<string, number> | undefined
    for (const [stream, offset] of Object.entries(folded)) {
      if (isOfHistory(stream) && !marks.backfills.has(stream)) continue
      if (offset <= marks.of(stream)) continue
      ahead ??= new Map()
      ahead.set(stream, offset)
    }
    return ahead
  }

  /** What a page has folded and the marks do not say: those stored, or those about to be. */
  const foldedOf = ({ ahead }: Page, position?: FoldPosition, isLast = false): Marks => {
    const folded: { [stream: string]: number } = {}
    const note = (stream: string, offset: number) => {
      const known = isLast ? marks.of(stream) : marks.durable(stream)
      if (offset > known && offset > (folded[stream] ?? -1)) folded[stream] = offset
    }
    for (const [stream, offset] of ahead ?? []) note(stream, offset)
    if (isLast) return folded
    for (const [stream, offset] of marks.live) note(stream, offset)
    for (const [stream, offset] of marks.backfills) note(stream, offset)
    for (const { stream, upTo } of position?.streams ?? []) {
      note(stream, Math.min((position?.offset ?? 0) - 1, upTo))
    }
    return folded
  }

  const store = (page: Page, folded: Marks): readonly Page[] => {
    const text = JSON.stringify(folded)
    return splitPage(page, sizes, isWanted).map(({ page, entities }) => {
      statements.writePage(page.slot, page.start, text, entities, contentOf(page.entities))
      return page
    })
  }

  /** Writes a page alone, or the pages that it is split into; gives them as they are now. */
  const writeAlone = (page: Page, position: FoldPosition | undefined): readonly Page[] =>
    storage.transaction(() => store(page, foldedOf(page, position)))

  const makeRoom = (position: FoldPosition | undefined) => {
    while (cache.bytes() > sizes.cacheBytes) {
      const page = cache.oldest()
      if (page === undefined) return
      if (page.changed) writeAlone(page, position)
      cache.remove(page)
    }
  }

  const isGrown = ({ size, entities, changed }: Page) =>
    changed && (size > mostGrown * sizes.bytes || entities.size > mostGrown * sizes.entities)

  const find = ({ slot, at }: ItemPlace): Page => cache.find(slot, at) ?? load(slot, at)

  const isSplit = (page: Page, position?: FoldPosition): boolean => {
    const { size } = page.entities
    if (!isGrown(page) || size < 2 || size === page.together) return false
    cache.replace(page, writeAlone(page, position))
    return true
  }

  const isDivided = (page: Page, position?: FoldPosition): boolean => {
    if (page.crowded === undefined) return false
    const stored = divideItem(
      { storage, marks, find, isWanted, store: page => store(page, foldedOf(page, position)) },
      page,
      position,
    )
    for (const [page, pages] of stored) cache.replace(page, pages)
    return stored.size > 0
  }

  const open: EntityPages['open'] = (itemKeys, position) => {
    const places = itemKeys.map(itemPlaceOf)
    if (!places.every(({ slot }) => owns(slot))) return undefined
    // Room is made before the first is found: none of them may go before all are changed.
    if (cache.bytes() > sizes.cacheBytes) makeRoom(position)
    let pages = places.map(find)
    // One at a time: two of them may be one page, and what takes the place of one may take another's.
    const isOther = (page: Page) => isDivided(page, position) || isSplit(page, position)
    while (pages.some(isOther)) pages = places.map(find)
    for (const page of pages) page.chances = page.changed ? 2 : 1
    return pages
  }

  const replace: EntityPages['replace'] = (page, itemKey, stateKey, state) => {
    const states = page.entities.get(itemKey) ?? new Map<string, HeldState>()
    const before = sizeOf(itemKey, states, stateKey)
    if (state === undefined) states.delete(stateKey)
    else states.set(stateKey, state)
    if (states.size === 0) page.entities.delete(itemKey)
    else page.entities.set(itemKey, states)
    const growth = sizeOf(itemKey, states, stateKey) - before
    page.size += growth
    page.changed = true
    cache.grow(growth)
  }

  return {
    open,
    replace,
    store: (page, position) => cache.replace(page, writeAlone(page, position)),
    change(page, item, stateKey, stream, offset) {
      if (page.ahead !== undefined && offset <= (page.ahead.get(stream) ?? -1)) return
      const { itemKey, change } = item
      const held = page.entities.get(itemKey)?.get(stateKey)
      const after = change(typeof held === 'string' ? decodePiece(held) : held)
      const isTight = refuseLarge(page, itemKey, stateKey, after, isWanted)
      replace(page, itemKey, stateKey, after)
      if (item.divide === undefined) return
      const maxBytes = isTight ? sizes.itemBytes / tightShare : sizes.itemBytes
      const bytes = stateBytes(after)
      if (bytes > maxBytes) noteCrowded(page, { item, stateKey, stream, bytes, maxBytes })
    },
    restore({ entities }, itemKey, stateKey, state) {
      const states = entities.get(itemKey)
      if (state !== undefined) states?.set(stateKey, state)
      else states?.delete(stateKey)
    },
    get(itemKey, stateKey) {
      const [page] = open([itemKey]) ?? []
      const states = page?.entities.get(itemKey)
      const held = states?.get(stateKey)
      if (typeof held !== 'string') return held
      const state = decodePiece(held)
      states?.set(stateKey, state)
      const growth = heldBytes(state) - heldBytes(held)
      if (page !== undefined) page.size += growth
      cache.grow(growth)
      return state
    },
    drop(itemKey, stateKey) {
      const [page] = open([itemKey]) ?? []
      if (page?.entities.get(itemKey)?.has(stateKey) !== true) return
      replace(page, itemKey, stateKey, undefined)
    },
    write() {
      written = cache
        .changed()
        .map(page => ({ page, pages: store(page, foldedOf(page, undefined, true)) }))
    },
    settle() {
      for (const { page, pages } of written) cache.replace(page, pages)
      written = []
    },
    dropForeign: () => cache.keep(({ slot }) => owns(slot)),
    heldBytes: () => cache.bytes(),
  }
}

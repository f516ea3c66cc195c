import type { LogPiece } from '../contracts/message.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { parseRows, type RowMaking } from '../stored-rows.ts'
import { entityKeyOf } from './entity-key.ts'
import type { EntityPages } from './entity-pages.ts'
import { full, type HeldState, isFull } from './entity-state.ts'
import type { ItemChange } from './fold-aggregates.ts'
import type { FoldPosition } from './fold-marks.ts'
import { type GoneTile, rootEnds } from './forget-pieces.ts'
import type { Page } from './page.ts'
import { ItemTooLarge } from './refuse-large.ts'
import type { ViewRule } from './view-rule.ts'

/** A view as records are folded into it: those of a stream with offsets in (after, upTo]. */
export interface FoldedView extends Pick<ResolvedView, 'id' | 'joinKeys'> {
  readonly rule: Pick<ViewRule, 'changes' | 'plan'>
  readonly stateKey: string
  readonly stream: string
  readonly after: number
  readonly upTo: number
}

/** An item that a record changes for a view. */
interface ViewChange {
  readonly view: FoldedView
  readonly item: ItemChange
}

/** A tile that a record has left behind all windows of a view. */
export interface LeftBehind extends GoneTile {
  readonly view: FoldedView
}

/** Takes note of what is folded no further, from an offset on. */
export interface LeaveOut {
  view(viewId: string, offset: number, cause: unknown): void
  entity(viewId: string, offset: number, cause: unknown): void
}

/** A state as it was before a record. */
interface Before {
  readonly page: Page
  readonly itemKey: string
  readonly stateKey: string
  readonly state: HeldState | undefined
}

/**
 * Folds records of a partition into the state of views that share their join keys. Total: a view that
 * cannot fold a record is left out from there on, by `leaveOut`, and never the others; so is an entity that has grown
 * too large for a row, and never the view. `position` says how far it came, also where storage fails in the middle.
 * What an older schema admitted is folded as the present one's. Gives what windows have left behind.
 */
export function foldPieces(
  pages: Pick<EntityPages, 'open' | 'change' | 'replace' | 'restore' | 'store'>,
  views: readonly FoldedView[],
  partition: number,
  pieces: readonly LogPiece[],
  position: FoldPosition,
  leaveOut: LeaveOut,
  making: Partial<RowMaking> = {},
): readonly LeftBehind[] {
  const left: LeftBehind[] = []
  let folding = views
  const drop = (viewId: string, offset: number, cause: unknown) => {
    folding = folding.filter(({ id }) => id !== viewId)
    leaveOut.view(viewId, offset, cause)
  }
  /** What one record changes, and at the same places the keys of the items. */
  const changes: ViewChange[] = []
  const itemKeys: string[] = []
  const before: Before[] = []
  /** Views that fold no more of the record. */
  const ended = new Set<FoldedView>()
  let entityKey = ''
  /** The page that says that an entity was left out. */
  let filled: Page | undefined
  const add = (view: FoldedView, item: ItemChange) => {
    changes.push({ view, item })
    itemKeys.push(item.itemKey)
  }

  /** The pages of all that the record changes, also below what was divided, before the first view folds it. */
  const openAll = (): readonly Page[] | undefined => {
    let looked = 0
    for (;;) {
      const opened = itemKeys.length === 0 ? undefined : pages.open(itemKeys, position)
      const known = changes.length
      if (opened === undefined || looked === known) return opened
      for (; looked < known; looked++) {
        const { view, item } = changes[looked] ?? {}
        if (view === undefined || item?.below === undefined) continue
        const held = opened[looked]?.entities.get(item.itemKey)?.get(view.stateKey)
        const below = item.below(held)
        if (below !== undefined) add(view, below)
      }
      if (changes.length === known) return opened
    }
  }

  /** Gives whether the view counts the entity at all. */
  const foldItem = ({ view, item }: ViewChange, page: Page, at: number): boolean => {
    const { stateKey, stream } = view
    const { itemKey, goneMs = [] } = item
    const state = page.entities.get(itemKey)?.get(stateKey)
    if (isFull(state)) return false
    before.push({ page, itemKey, stateKey, state })
    pages.change(page, item, stateKey, stream, at)
    for (const endMs of goneMs) left.push({ view, entityKey: itemKey, stateKey, endMs })
    return true
  }

  /** Takes changes of the record back, the last first, and none of them twice. */
  const takeBack = (isTaken: (change: Before) => boolean) => {
    const kept = before.filter(change => !isTaken(change))
    for (const one of before.filter(isTaken).reverse()) {
      pages.restore(one.page, one.itemKey, one.stateKey, one.state)
    }
    before.splice(0, Infinity, ...kept)
  }

  /**
   * Folds a record into a view again that no row could hold with it, once the entity is left out of the view that has
   * most there: that may be another one, or this.
   */
  const foldWithout = (
    tooLarge: ItemTooLarge,
    [place, { view }]: readonly [number, ViewChange],
    opened: readonly Page[],
    offset: number,
  ): void => {
    const largest =
      views.find(({ stateKey, rule }) => stateKey === tooLarge.stateKey && rule.plan) ?? view
    const [page, root] = [opened[place], opened[itemKeys.indexOf(entityKey)]]
    const { id, stateKey, rule } = largest
    if (page === undefined || root === undefined || rule.plan === undefined) throw tooLarge
    takeBack(change => change.stateKey === stateKey || change.stateKey === view.stateKey)
    const held = root.entities.get(entityKey)?.get(stateKey)
    for (const endMs of rootEnds(rule.plan, held)) {
      left.push({ view: largest, entityKey, stateKey, endMs })
    }
    for (const itemKey of tooLarge.itemKeys) pages.replace(page, itemKey, stateKey, undefined)
    pages.replace(root, entityKey, stateKey, full)
    leaveOut.entity(id, offset, tooLarge)
    ended.add(largest)
    filled = root
    for (const [at, one] of changes.slice(0, place + 1).entries()) {
      const page = opened[at]
      if (one.view !== view || page === undefined || ended.has(view)) continue
      foldOne([at, one], page, opened, offset)
    }
  }

  const foldOne = (
    [place, one]: readonly [number, ViewChange],
    page: Page,
    opened: readonly Page[],
    offset: number,
  ): void => {
    try {
      if (!foldItem(one, page, offset)) ended.add(one.view)
    } catch (cause) {
      if (!(cause instanceof ItemTooLarge)) throw cause
      foldWithout(cause, [place, one], opened, offset)
    }
  }

  for (const { start, steps, ingestUs, version, text } of pieces) {
    position.offset = Math.max(position.offset, start)
    let records: ReturnType<typeof parseRows>
    try {
      records = parseRows(text, version, making)
    } catch (cause) {
      for (const { id } of folding) drop(id, start, cause)
      continue
    }
    for (const [at, record] of records.entries()) {
      if (record === undefined) continue
      const offset = start + (steps?.[at] ?? at)
      changes.length = 0
      itemKeys.length = 0
      entityKey = ''
      for (const view of folding) {
        if (offset <= view.after || offset > view.upTo) continue
        // What fails from here on has folded none of this record.
        position.offset = offset
        if (entityKey === '') entityKey = entityKeyOf(view.joinKeys, record)
        try {
          const items = view.rule.changes(record, entityKey, { ingestUs, partition, offset })
          for (const item of items) add(view, item)
        } catch (cause) {
          drop(view.id, offset, cause)
        }
      }
      const opened = openAll()
      if (opened === undefined) continue
      before.length = 0
      filled = undefined
      ended.clear()
      for (const [place, one] of changes.entries()) {
        const page = opened[place]
        if (page === undefined || ended.has(one.view)) continue
        try {
          foldOne([place, one], page, opened, offset)
        } catch (cause) {
          ended.add(one.view)
          try {
            drop(one.view.id, offset, cause)
          } catch (failure) {
            // Not left out, the view needs the record again: none may have folded it by then.
            takeBack(() => true)
            if (filled !== undefined) pages.store(filled, position)
            throw failure
          }
        }
      }
      if (filled === undefined) continue
      // Before any page that lacks what is left out: nobody must take that for folded.
      position.offset = offset + 1
      pages.store(filled, position)
    }
  }
  return left
}

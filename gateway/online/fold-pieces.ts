import type { LogPiece } from '../contracts/message.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { parseRows, type RowMaking } from '../stored-rows.ts'
import { entityKeyOf } from './entity-key.ts'
import type { EntityPages } from './entity-pages.ts'
import type { HeldState } from './entity-state.ts'
import type { ItemChange } from './fold-aggregates.ts'
import type { FoldPosition } from './fold-marks.ts'
import type { GoneTile } from './forget-pieces.ts'
import type { Page } from './page.ts'
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

/** A state as it was before a record. */
interface Before {
  readonly page: Page
  readonly itemKey: string
  readonly stateKey: string
  readonly state: HeldState | undefined
}

/**
 * Folds records of a partition into the state of views that share their join keys. Total: a view that
 * cannot fold a record is left out from there on, by `leaveOut`, and never the others. `position` says how
 * far it came, also where storage fails in the middle. What an older schema admitted is folded as the present one's.
 * Gives what windows have left behind.
 */
export function foldPieces(
  pages: Pick<EntityPages, 'open' | 'change' | 'restore'>,
  views: readonly FoldedView[],
  partition: number,
  pieces: readonly LogPiece[],
  position: FoldPosition,
  leaveOut: (viewId: string, offset: number, cause: unknown) => void,
  making: Partial<RowMaking> = {},
): readonly LeftBehind[] {
  const left: LeftBehind[] = []
  let folding = views
  const drop = (viewId: string, offset: number, cause: unknown) => {
    folding = folding.filter(({ id }) => id !== viewId)
    leaveOut(viewId, offset, cause)
  }
  /** What one record changes, and at the same places the keys of the items. */
  const changes: ViewChange[] = []
  const itemKeys: string[] = []
  const before: Before[] = []
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

  const foldItem = ({ view, item }: ViewChange, page: Page, at: number) => {
    const { stateKey, stream } = view
    const { itemKey, goneMs = [] } = item
    before.push({ page, itemKey, stateKey, state: page.entities.get(itemKey)?.get(stateKey) })
    pages.change(page, item, stateKey, stream, at)
    for (const endMs of goneMs) left.push({ view, entityKey: itemKey, stateKey, endMs })
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
      let entityKey = ''
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
      let failed: ReadonlySet<FoldedView> | undefined
      for (const [place, one] of changes.entries()) {
        const page = opened[place]
        if (page === undefined || failed?.has(one.view) === true) continue
        try {
          foldItem(one, page, offset)
        } catch (cause) {
          failed = new Set([...(failed ?? []), one.view])
          try {
            drop(one.view.id, offset, cause)
          } catch (failure) {
            // Not left out, the view needs the record again: none may have folded it by then.
            for (const { page, itemKey, stateKey, state } of before.reverse()) {
              pages.restore(page, itemKey, stateKey, state)
            }
            throw failure
          }
        }
      }
    }
  }
  return left
}

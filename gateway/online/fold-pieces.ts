import type { LogPiece } from '../contracts/message.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { parseRows, type RowMaking } from '../stored-rows.ts'
import { entityKeyOf } from './entity-key.ts'
import type { EntityPages, FoldPosition } from './entity-pages.ts'
import type { HeldState } from './entity-state.ts'
import type { ItemChange } from './fold-aggregates.ts'
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

/** What a record changes in a view: the first of its items stands at `from` among those of all views. */
interface FoldedRecord {
  readonly view: FoldedView
  readonly changes: readonly ItemChange[]
  readonly from: number
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
  const folded: FoldedRecord[] = []
  const itemKeys: string[] = []
  const before: Before[] = []

  const foldView = ({ view, changes, from }: FoldedRecord, opened: readonly Page[], at: number) => {
    const { stateKey, stream } = view
    for (const [place, { itemKey, change, goneMs }] of changes.entries()) {
      const page = opened[from + place]
      if (page === undefined) continue
      before.push({ page, itemKey, stateKey, state: page.entities.get(itemKey)?.get(stateKey) })
      pages.change(page, itemKey, stateKey, stream, at, change)
      for (const endMs of goneMs ?? []) left.push({ view, entityKey: itemKey, stateKey, endMs })
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
      folded.length = 0
      itemKeys.length = 0
      let entityKey = ''
      for (const view of folding) {
        if (offset <= view.after || offset > view.upTo) continue
        // What fails from here on has folded none of this record.
        position.offset = offset
        if (entityKey === '') entityKey = entityKeyOf(view.joinKeys, record)
        try {
          const changes = view.rule.changes(record, entityKey, { ingestUs, partition, offset })
          folded.push({ view, changes, from: itemKeys.length })
          for (const { itemKey } of changes) itemKeys.push(itemKey)
        } catch (cause) {
          drop(view.id, offset, cause)
        }
      }
      // All pages are opened before the first view folds the record.
      const opened = itemKeys.length === 0 ? undefined : pages.open(itemKeys, position)
      if (opened === undefined) continue
      before.length = 0
      for (const one of folded) {
        try {
          foldView(one, opened, offset)
        } catch (cause) {
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

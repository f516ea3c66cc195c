import type { Latest } from '../../shared/aggregates/latest.ts'
import type { LogPiece } from '../contracts/message.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { parseRows, type RowMaking } from '../stored-rows.ts'
import { entityKeyOf } from './entity-key.ts'
import type { EntityPages, FoldPosition } from './entity-pages.ts'
import type { Page } from './page.ts'

/** A view as records are folded into it: those of a stream with offsets in (after, upTo]. */
export interface FoldedView
  extends Pick<ResolvedView, 'id' | 'timestampField' | 'joinKeys' | 'features'> {
  readonly stateKey: string
  readonly stream: string
  readonly after: number
  readonly upTo: number
}

/**
 * Folds records of a partition into the state of views that share their join keys. Total: a view that
 * cannot fold a record is left out from there on, by `leaveOut`, and never the others. `position` says how
 * far it came, also where storage fails in the middle. What an older schema admitted is folded as the present one's.
 */
export function foldPieces(
  pages: Pick<EntityPages, 'open' | 'fold' | 'restore'>,
  views: readonly FoldedView[],
  partition: number,
  pieces: readonly LogPiece[],
  position: FoldPosition,
  leaveOut: (viewId: string, offset: number, cause: unknown) => void,
  making: Partial<RowMaking> = {},
): void {
  let folding = views
  const drop = (viewId: string, offset: number, cause: unknown) => {
    folding = folding.filter(({ id }) => id !== viewId)
    leaveOut(viewId, offset, cause)
  }
  /** States as they were before a record that several views fold. */
  const before: { readonly stateKey: string; readonly state: Latest | undefined }[] = []
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
      let entityKey = ''
      let page: Page | undefined
      before.length = 0
      for (const view of folding) {
        if (offset <= view.after || offset > view.upTo) continue
        if (entityKey === '') {
          // A page is opened before the first view folds the record: what fails here has folded none of it.
          position.offset = offset
          entityKey = entityKeyOf(view.joinKeys, record)
          page = pages.open(entityKey, position)
        }
        if (page === undefined) break
        try {
          const eventTime = record[view.timestampField]
          if (typeof eventTime !== 'string') continue
          const values = view.features.map(name => record[name] ?? null)
          const next = { eventTime, ingestUs, partition, offset, values }
          const { stateKey } = view
          if (folding.length > 1) {
            before.push({ stateKey, state: page.entities.get(entityKey)?.get(stateKey) })
          }
          pages.fold(page, entityKey, stateKey, view.stream, next)
        } catch (cause) {
          try {
            drop(view.id, offset, cause)
          } catch (failure) {
            // Not left out, the view needs the record again: no other may have folded it by then.
            for (const { stateKey, state } of before) {
              pages.restore(page, entityKey, stateKey, state)
            }
            throw failure
          }
        }
      }
    }
  }
}

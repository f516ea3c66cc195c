import { parseRecords } from '../canonical-records.ts'
import type { LogPiece } from '../contracts.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
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
 * far it came, also where storage fails in the middle.
 */
export function foldPieces(
  pages: Pick<EntityPages, 'open' | 'fold'>,
  views: readonly FoldedView[],
  partition: number,
  pieces: readonly LogPiece[],
  position: FoldPosition,
  leaveOut: (viewId: string, offset: number, cause: unknown) => void,
): void {
  let folding = views
  const drop = (viewId: string, offset: number, cause: unknown) => {
    folding = folding.filter(({ id }) => id !== viewId)
    leaveOut(viewId, offset, cause)
  }
  for (const { start, steps, ingestUs, text } of pieces) {
    let records: ReturnType<typeof parseRecords>
    try {
      records = parseRecords(text)
    } catch (cause) {
      for (const { id } of folding) drop(id, start, cause)
      continue
    }
    for (const [at, record] of records.entries()) {
      const offset = start + (steps?.[at] ?? at)
      let entityKey = ''
      let page: Page | undefined
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
          pages.fold(page, entityKey, view.stateKey, view.stream, next)
        } catch (cause) {
          drop(view.id, offset, cause)
        }
      }
    }
  }
}

import { parseRecords } from '../canonical-records.ts'
import type { LogPiece } from '../contracts.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { entityKeyOf } from './entity-key.ts'
import type { EntityPages } from './entity-pages.ts'

/**
 * Folds records with offsets above `after` into the state of views. Total: a view that cannot fold a record
 * is left out from there on, by `leaveOut`, and never the others.
 */
export function foldPieces(
  pages: EntityPages,
  views: readonly ResolvedView[],
  { sourceId, partition }: { readonly sourceId: string; readonly partition: number },
  pieces: readonly LogPiece[],
  after: number,
  leaveOut: (viewId: string, offset: number, cause: unknown) => void,
): void {
  let folding = views
  const drop = (viewId: string, offset: number, cause: unknown) => {
    folding = folding.filter(({ id }) => id !== viewId)
    leaveOut(viewId, offset, cause)
  }
  const key = `${sourceId}/${partition}`
  for (const { start, steps, ingestUs, text } of pieces) {
    try {
      for (const [at, record] of parseRecords(text).entries()) {
        const offset = start + (steps?.[at] ?? at)
        if (offset <= after) continue
        for (const { id, timestampField, joinKeys, features } of folding) {
          try {
            const eventTime = record[timestampField]
            if (typeof eventTime !== 'string') continue
            const values = features.map(name => record[name] ?? null)
            const next = { eventTime, ingestUs, partition, offset, values }
            pages.fold(entityKeyOf(joinKeys, record), id, key, next)
          } catch (cause) {
            drop(id, offset, cause)
          }
        }
      }
    } catch (cause) {
      for (const { id } of folding) drop(id, start, cause)
    }
  }
}

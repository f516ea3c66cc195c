import type { AggregationPlan } from './aggregation-plan.ts'
import type { EntityPages } from './entity-pages.ts'
import { decodePiece, type HeldState } from './entity-state.ts'
import { itemKeyOf } from './item-key.ts'
import { narrowerLevel, tileWidthUs } from './tile-levels.ts'
import { tileNumbers } from './tile-rows.ts'

/** A tile of an entity's root that no window reaches any more. */
export interface GoneTile {
  readonly entityKey: string
  readonly stateKey: string
  readonly endMs: number
}

/** The ends, in milliseconds, of the tiles of an entity's root. */
export function rootEnds(
  { widthsUs, tiled }: AggregationPlan,
  held: HeldState | undefined,
): readonly number[] {
  const widestUs = widthsUs.at(-1)
  const root = typeof held === 'string' ? decodePiece(held) : held
  if (widestUs === undefined || root === undefined || !('kind' in root) || root.kind !== 'root') {
    return []
  }
  return [...tileNumbers(root.tiles, tiled)].map(at => ((at + 1) * widestUs) / 1_000)
}

/**
 * Forgets the pieces of a tile that is gone from its entity's root. Whatever of them is left behind by a crash is
 * found by nobody. Cost: a look at each piece; their pages are written again.
 */
export function forgetPieces(
  pages: Pick<EntityPages, 'get' | 'drop'>,
  plan: AggregationPlan,
  { entityKey, stateKey, endMs }: GoneTile,
): void {
  const { widthsUs, tiled, keepsEvents } = plan
  const forget = (level: number, endMs: number): void => {
    if (level === 0 && !keepsEvents) return
    const itemKey = itemKeyOf(entityKey, level, endMs)
    const piece = pages.get(itemKey, stateKey)
    if (piece === undefined) return
    const narrower = narrowerLevel(level)
    const narrowerUs = tileWidthUs(plan, narrower)
    if ('kind' in piece && piece.kind === 'node' && narrowerUs !== undefined) {
      for (const at of tileNumbers(piece.tiles, tiled)) {
        forget(narrower, ((at + 1) * narrowerUs) / 1_000)
      }
    }
    pages.drop(itemKey, stateKey)
  }
  forget(widthsUs.length - 1, endMs)
}

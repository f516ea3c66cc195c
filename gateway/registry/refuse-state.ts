import { durationText } from '../../shared/definitions/duration.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import { limits } from '../../shared/limits.ts'
import {
  type AggregationPlan,
  aggregationPlan,
  type StateGroup,
} from '../online/aggregation-plan.ts'
import { resolveFeatures } from './resolve-features.ts'

/**
 * Says why a view keeps too much of one entity, with the sum: of all its tiles, or of those that lie in one row.
 * Nothing where it fits. A continuous view's tiles hold no more than the records that they have beside them.
 */
export function refusalOfState(view: FeatureViewDefinition): string | undefined {
  const { aggregation } = resolveFeatures(view)
  if (aggregation === undefined) return undefined
  const plan = aggregationPlan(aggregation)
  const perTile = bytesOf(plan.tiled)
  const inRow = rowBytes(plan, perTile)
  const where = `StreamFeatureView "${view.name}"`
  if (inRow > limits.maxRowBytes) {
    return `${where}: Its aggregates take up to ${shown(perTile)} for each tile of time and ${shown(bytesOf(plan.lifelong))} for a lifetime, and ${shown(inRow)} in one row; the limit is ${shown(limits.maxRowBytes)}. Lower n or precision, or declare several views.`
  }
  if (plan.keepsEvents) return undefined
  const tiles = tilesOf(plan)
  const sum = tiles * perTile + bytesOf(plan.lifelong)
  if (sum <= limits.maxEntityStateBytes) return undefined
  const [narrowestUs = 1] = plan.widthsUs
  const reach = durationText(Math.ceil(plan.reachUs / 1_000_000) * 1_000)
  return `${where}: Windows that reach back ${reach} have ${tiles} tiles of ${narrowestUs / 1_000} ms for each entity, of up to ${shown(perTile)} each: ${shown(sum)}; the limit is ${shown(limits.maxEntityStateBytes)}. Choose a longer aggregationInterval, or leave it out.`
}

function bytesOf(groups: readonly StateGroup[]): number {
  return groups.reduce((sum, { aggregate }) => sum + aggregate.maxBytes, 0)
}

/** The widest tiles lie in one row with what is kept of a lifetime, with an interval twice. */
function rowBytes({ widthsUs, reachUs, lifelong, intervalUs }: AggregationPlan, perTile: number) {
  const kept = bytesOf(lifelong) * (intervalUs === undefined ? 1 : 2)
  const widestUs = widthsUs.at(-1)
  if (widestUs === undefined) return kept
  const [narrowerUs = widestUs] = widthsUs.slice(-2)
  const inRoot = Math.ceil(reachUs / widestUs) + 1
  return Math.max(inRoot * perTile + kept, (widestUs / narrowerUs) * perTile)
}

/** The tiles of all widths that one entity can have. */
function tilesOf({ widthsUs, reachUs }: AggregationPlan): number {
  return widthsUs.reduce((sum, widthUs) => sum + Math.ceil(reachUs / widthUs) + 1, 0)
}

function shown(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : ['MB', 1e6]
  return `${(bytes / Number(size)).toFixed(1)} ${unit}`
}

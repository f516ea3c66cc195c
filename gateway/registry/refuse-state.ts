import { windowBounds } from '../../shared/aggregates/window-bounds.ts'
import { durationText } from '../../shared/definitions/duration.ts'
import { sortedJson } from '../../shared/definitions/sorted-json.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import { limits } from '../../shared/limits.ts'
import {
  type AggregationPlan,
  aggregationPlan,
  type StateGroup,
} from '../online/aggregation-plan.ts'
import { resolveFeatures } from './resolve-features.ts'

/**
 * Says why a view keeps or reads too much of one entity, with the sum: of all its tiles, of those that lie in one row,
 * or of its windows.
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
  const tooWide = refusalOfReading(where, plan, perTile)
  if (tooWide !== undefined || plan.keepsEvents) return tooWide
  const tiles = tilesOf(plan)
  const sum = tiles * perTile + bytesOf(plan.lifelong)
  if (sum <= limits.maxEntityStateBytes) return undefined
  const [narrowestUs = 1] = plan.widthsUs
  const reach = durationText(Math.ceil(plan.reachUs / 1_000_000) * 1_000)
  return `${where}: Windows that reach back ${reach} have ${tiles} tiles of ${narrowestUs / 1_000} ms for each entity, of up to ${shown(perTile)} each: ${shown(sum)}; the limit is ${shown(limits.maxEntityStateBytes)}. Choose a longer aggregationInterval, or leave it out.`
}

/** A reading merges the states of each window, and holds them all until it has answered. */
function refusalOfReading(
  where: string,
  { features }: AggregationPlan,
  perTile: number,
): string | undefined {
  const windows = new Map(features.map(({ window }) => [sortedJson(window), window]))
  let count = 0
  for (const window of windows.values()) {
    if (window.kind !== 'lifetime') count += windowBounds(window, 0, undefined).length
  }
  const bytes = count * perTile
  if (count <= limits.maxViewWindows && bytes <= limits.maxReadingBytes) return undefined
  return `${where}: Its ${count} windows, those of series counted, take up to ${shown(bytes)} in a reading; the limits are ${limits.maxViewWindows} windows and ${shown(limits.maxReadingBytes)}. Choose fewer windows or a longer step, lower n or precision, or declare several views.`
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
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

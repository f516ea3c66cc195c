import type { AggregationPlan } from './aggregation-plan.ts'
import { dividedLevel } from './item-key.ts'

/** The level of the tiles that those of a level consist of; the narrowest consist of what they are divided into. */
export function narrowerLevel(level: number): number {
  if (level === 0) return dividedLevel
  return level < dividedLevel ? level - 1 : level + 1
}

/** How wide tiles of a level are, in microseconds; nothing where a plan has none. */
export function tileWidthUs(
  { widthsUs, dividedUs }: Pick<AggregationPlan, 'widthsUs' | 'dividedUs'>,
  level: number,
): number | undefined {
  return level < dividedLevel ? widthsUs[level] : dividedUs[level - dividedLevel]
}

import type { AggregationWindow } from '../aggregates/aggregation-window.ts'
import { sortedJson } from './sorted-json.ts'
import { windowText } from './time-windows.ts'
import type { ViewFeatures } from './view-features.ts'

/** The windows of a view with a secondary key, each with the name of the list of keys that were met in it. */
export interface KeysFeature {
  readonly name: string
  readonly window: AggregationWindow
}

/** The lists of keys that a view with a secondary key serves, one for each of its windows. */
export function keysFeatures({
  features,
  aggregationSecondaryKey: secondary,
}: {
  readonly features: ViewFeatures
  readonly aggregationSecondaryKey?: string
}): readonly KeysFeature[] {
  if (secondary === undefined) return []
  const windows = new Map(
    features.flatMap(feature =>
      feature.kind === 'aggregate' ? [[sortedJson(feature.timeWindow), feature.timeWindow]] : [],
    ),
  )
  return [...windows.values()].map(window => ({
    name: `${secondary}_keys_${windowText(window)}`,
    window,
  }))
}

import { durationMs } from '../../shared/definitions/duration.ts'
import { keysFeatures } from '../../shared/definitions/keys-features.ts'
import { secondaryType, servedFeatures } from '../../shared/definitions/served-features.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import { encodeTransformation } from '../../shared/expressions/transformation.ts'
import { encodeType } from '../../shared/fields/encode-fields.ts'
import type { ResolvedAggregation, ResolvedView } from './resolved-definitions.ts'

/** Resolves what a view makes of rows and what it serves; a view of columns says no more than their names. */
export function resolveFeatures(
  view: FeatureViewDefinition,
): Pick<ResolvedView, 'features' | 'aggregation' | 'transformation' | 'served'> {
  const { transformation } = view
  const aggregation = resolveAggregation(view)
  const features = view.features.map(({ name }) => name)
  if (aggregation === undefined && transformation === undefined) return { features }
  const served = servedFeatures(view)
  return {
    features: served.map(({ name }) => name),
    ...(aggregation === undefined ? {} : { aggregation }),
    ...(transformation === undefined
      ? {}
      : { transformation: encodeTransformation(transformation) }),
    served: served.map(({ name, dtype, description, tags }) => ({
      name,
      dtype: encodeType(dtype),
      ...(description === undefined ? {} : { description }),
      ...(tags === undefined ? {} : { tags }),
    })),
  }
}

function resolveAggregation(view: FeatureViewDefinition): ResolvedAggregation | undefined {
  const aggregates = view.features.flatMap(feature =>
    feature.kind === 'attribute'
      ? []
      : [
          {
            name: feature.name,
            column: feature.inputColumn.name,
            columnKind: feature.inputColumn.dtype.kind,
            function: feature.function,
            window: feature.timeWindow,
          },
        ],
  )
  if (aggregates.length === 0) return undefined
  const { aggregationInterval, aggregationSecondaryKey, aggregationLeadingEdge } = view
  return {
    ...(aggregationInterval === undefined ? {} : { intervalMs: durationMs(aggregationInterval) }),
    ...(aggregationSecondaryKey === undefined
      ? {}
      : {
          secondaryKey: {
            name: aggregationSecondaryKey,
            kind: secondaryType(view, aggregationSecondaryKey).kind,
          },
        }),
    ...(aggregationLeadingEdge === undefined ? {} : { leadingEdge: aggregationLeadingEdge }),
    keys: keysFeatures(view).map(({ window }) => window),
    aggregates,
  }
}

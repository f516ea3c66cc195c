import { resultTypeOf } from '../aggregates/result-type.ts'
import { array } from '../fields/array-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import { keysFeatures } from './keys-features.ts'
import { columnsOf, type FeatureViewDefinition } from './stream-feature-view.ts'
import type { NamedAggregate } from './view-features.ts'

/** A value that a view serves. */
export interface ServedFeature {
  readonly name: string
  readonly dtype: AnyType
  readonly description?: string
  readonly tags?: { readonly [tag: string]: string }
}

/**
 * What a view serves, in the order of the answer: its features; with a secondary key first the keys of each window,
 * and each aggregate as a list beside the keys of its own.
 */
export function servedFeatures(view: FeatureViewDefinition): readonly ServedFeature[] {
  const { aggregationSecondaryKey: secondary } = view
  const keyType = secondary === undefined ? undefined : array(secondaryType(view, secondary))
  const keys =
    keyType === undefined ? [] : keysFeatures(view).map(({ name }) => ({ name, dtype: keyType }))
  return [
    ...keys,
    ...view.features.map(feature => {
      if (feature.kind === 'attribute') return feature
      const { name, description, tags } = feature
      const dtype = aggregateType(feature)
      return {
        name,
        dtype: keyType === undefined ? dtype : array(dtype),
        ...(description === undefined ? {} : { description }),
        tags,
      }
    }),
  ]
}

/** The type of what one aggregate gives for one window, or for all windows of its series. */
export function aggregateType({ inputColumn, function: fn, timeWindow }: NamedAggregate): AnyType {
  const result = resultTypeOf(fn, inputColumn.dtype)
  if (result === undefined) throw new TypeError(`${fn.name} has no result for its column.`)
  return timeWindow.kind === 'series' ? array(result) : result
}

/** The type of a view's secondary key. */
export function secondaryType(view: FeatureViewDefinition, name: string): AnyType {
  const { fields } = columnsOf(view.name, view.source, view.transformation)
  const column = fields.find(field => field.name === name)
  if (column === undefined) throw new TypeError(`There is no column "${name}".`)
  return column.dtype
}

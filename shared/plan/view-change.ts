import { sortedJson } from '../definitions/sorted-json.ts'
import type { FeatureViewDefinition } from '../definitions/stream-feature-view.ts'
import { encodeTransformation } from '../expressions/transformation.ts'
import { encodeFields } from '../fields/encode-fields.ts'
import { type ObjectChange, recreation, updating } from './object-change.ts'

/**
 * Gives what becomes of a feature view that is declared otherwise, or whose source or entities are: its online
 * state goes on where it is a fold of the same records by the same rule.
 */
export function viewChange(
  before: FeatureViewDefinition,
  after: FeatureViewDefinition,
  isSourceNew: boolean,
): ObjectChange {
  if (isSourceNew) {
    const reason = `Its source "${after.source.name}" is another one: its features begin empty.`
    return recreation([reason], 'destructive')
  }
  const reasons: string[] = []
  const isMoved = before.source.name !== after.source.name
  if (isMoved)
    reasons.push(`Its source is "${after.source.name}", no more "${before.source.name}".`)
  if (joinKeysOf(before) !== joinKeysOf(after)) reasons.push('Its join keys are others.')
  if (featuresOf(before) !== featuresOf(after)) reasons.push('Its features are others.')
  if (ruleOf(before) !== ruleOf(after)) {
    reasons.push('Its records are filtered, derived or aggregated otherwise.')
  }
  const isOtherTime = before.timestampField !== after.timestampField
  if (isOtherTime) reasons.push('Its records are ordered by another time.')
  if (reasons.length > 0) {
    const backfill = 'Its features are folded anew from the log; until then they answer UNKNOWN.'
    return recreation([...reasons, backfill], 'needs_backfill', isOtherTime && reasons.length === 1)
  }
  if (!before.online && after.online) {
    return updating(
      ['Its features are folded from the log before they are served.'],
      'needs_backfill',
    )
  }
  if (before.online && !after.online) {
    return updating(
      ['Its features are served no more, and what is kept of them is forgotten.'],
      'destructive',
    )
  }
  return updating()
}

function joinKeysOf({ entities }: FeatureViewDefinition): string {
  const keys = encodeFields(entities.flatMap(({ joinKeys }) => joinKeys))
  return JSON.stringify(keys.map(({ name, dtype }) => [name, dtype]))
}

/** Types are those of the source's columns, which only widen; words about a feature are no part of it. */
function featuresOf({ features }: FeatureViewDefinition): string {
  return sortedJson(
    features.map(feature =>
      feature.kind === 'attribute'
        ? feature.name
        : [
            feature.name,
            feature.inputColumn.name,
            // Integers that become floats are aggregated otherwise.
            feature.inputColumn.dtype.kind.startsWith('int'),
            feature.function,
            feature.timeWindow,
          ],
    ),
  )
}

function ruleOf(view: FeatureViewDefinition): string {
  const { aggregationInterval, aggregationSecondaryKey } = view
  return sortedJson([
    transformationOf(view),
    aggregationInterval ?? null,
    aggregationSecondaryKey ?? null,
  ])
}

/** Expressions make other values of floats than of the integers that they were. */
function transformationOf({ name, source, transformation }: FeatureViewDefinition): unknown {
  if (transformation === undefined) return null
  const { inputs } = transformation['~compile'](source.schema, name).select(
    Object.keys(transformation.columns),
  )
  const integers = source.schema.filter(
    ({ name, dtype }) => inputs.has(name) && dtype.kind.startsWith('int'),
  )
  return [encodeTransformation(transformation), integers.map(({ name }) => name).sort()]
}

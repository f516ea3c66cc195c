import { durationMs } from '../../shared/definitions/duration.ts'
import {
  type FeatureServiceDefinition,
  isFeatureService,
} from '../../shared/definitions/feature-service.ts'
import { keysFeatures } from '../../shared/definitions/keys-features.ts'
import { servedFeatures } from '../../shared/definitions/served-features.ts'
import {
  type FeatureViewDefinition,
  isFeatureView,
} from '../../shared/definitions/stream-feature-view.ts'
import type { Translator } from '../../shared/expressions/translator.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import type { TrainingView } from './sql/training-view.ts'

/** What training data is made of: a service or a view, as it is declared here. */
export type TrainingTarget = FeatureServiceDefinition | FeatureViewDefinition

/** Gives the views of a target, in the order of its answer; throws a ValidationError where it has no history. */
export function viewsOf(target: TrainingTarget): readonly FeatureViewDefinition[] {
  if (!isFeatureService(target) && !isFeatureView(target)) {
    throw new ValidationError(
      `Features are those of a FeatureService or a StreamFeatureView but received ${describe(target)}.`,
    )
  }
  const views = isFeatureService(target) ? target.features : [target]
  for (const { name, source } of views) {
    if (source.streamConfig.logOffline) continue
    throw new ValidationError(
      `Feature view "${name}": Its source "${source.name}" keeps no offline log here (logOffline is false), so there is nothing to make training data of.`,
    )
  }
  return views
}

/** The join keys of views, each once; throws a ValidationError where one is of two types. */
export function joinKeysOf(views: readonly FeatureViewDefinition[]): readonly AnyField[] {
  const keys = new Map<string, AnyField>()
  for (const key of views.flatMap(keysOfView)) {
    const known = keys.get(key.name)
    if (known === undefined) keys.set(key.name, key)
    else if (known.dtype.kind !== key.dtype.kind) {
      throw new ValidationError(
        `The join key "${key.name}" is ${known.dtype.kind} in one view and ${key.dtype.kind} in another.`,
      )
    }
  }
  return [...keys.values()]
}

function keysOfView({ entities }: FeatureViewDefinition): readonly AnyField[] {
  return entities.flatMap(entity => entity.joinKeys)
}

/** A feature as a column of training data. */
export function featureFields(views: readonly FeatureViewDefinition[]): readonly AnyField[] {
  return views.flatMap(view =>
    servedFeatures(view).map(({ name, dtype }) => ({
      name: `${view.name}__${name}`,
      dtype,
      nullable: true,
    })),
  )
}

/** Gives a view as SQL is made of it; `rows` names the relation of the rows that it folds. */
export function trainingView(view: FeatureViewDefinition, rows: string): TrainingView {
  const { ttl, aggregationInterval: interval, aggregationSecondaryKey: secondary } = view
  const attributes: TrainingView['attributes'][number][] = []
  const aggregates: TrainingView['aggregates'][number][] = []
  for (const feature of view.features) {
    const { name } = feature
    if (feature.kind === 'attribute') attributes.push({ name, column: name })
    else {
      const { inputColumn, function: fn, timeWindow: window } = feature
      const { name: column, dtype } = inputColumn
      aggregates.push({ name, column, kind: dtype.kind, fn, window })
    }
  }
  return {
    name: view.name,
    rows,
    joinKeys: keysOfView(view).map(({ name }) => name),
    timestampField: view.timestampField,
    attributes,
    ...(ttl === undefined ? {} : { ttlMs: durationMs(ttl) }),
    aggregates,
    ...(interval === undefined ? {} : { intervalMs: durationMs(interval) }),
    leadingEdge: view.aggregationLeadingEdge ?? 'wall_clock',
    ...(secondary === undefined
      ? {}
      : { secondaryKey: { column: secondary, keys: keysFeatures(view) } }),
  }
}

/** What a view makes of its source's rows before it folds them; nothing where it takes them as they are. */
export function transformationOf(view: FeatureViewDefinition): Translator | undefined {
  const { joinKeys, timestampField, attributes, aggregates, secondaryKey } = trainingView(view, '')
  const names = [
    ...joinKeys,
    timestampField,
    ...[...attributes, ...aggregates].map(({ column }) => column),
    ...(secondaryKey === undefined ? [] : [secondaryKey.column]),
  ]
  return view.transformation?.['~compile'](view.source.schema, view.name).select(names)
}

/** The join keys that all views have; throws a ValidationError where some have others. */
export function rangeKeysOf(views: readonly FeatureViewDefinition[]): readonly AnyField[] {
  const keys = joinKeysOf(views)
  const other = views.find(view => keysOfView(view).length !== keys.length)
  if (other === undefined) return keys
  throw new ValidationError(
    `Features in a range are of one entity, and the views have ${keys.map(({ name }) => name).join(', ')} between them, which "${other.name}" has not all; ask for each view by itself.`,
  )
}

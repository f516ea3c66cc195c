import { durationMs } from '../../shared/definitions/duration.ts'
import {
  type FeatureServiceDefinition,
  isFeatureService,
} from '../../shared/definitions/feature-service.ts'
import {
  type FeatureViewDefinition,
  isFeatureView,
} from '../../shared/definitions/stream-feature-view.ts'
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
    view.features.map(({ name, dtype }) => ({
      name: `${view.name}__${name}`,
      dtype,
      nullable: true,
    })),
  )
}

/** Gives a view as SQL is made of it; `rows` names the relation of its source's rows. */
export function trainingView(view: FeatureViewDefinition, rows: string): TrainingView {
  return {
    name: view.name,
    rows,
    joinKeys: keysOfView(view).map(({ name }) => name),
    timestampField: view.timestampField,
    attributes: view.features.map(({ name }) => ({ name, column: name })),
    ...(view.ttl === undefined ? {} : { ttlMs: durationMs(view.ttl) }),
    aggregates: [],
    leadingEdge: 'wall_clock',
  }
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

import { requireName, requireUnique } from '../fields/names.ts'
import { requiredList, requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Common, type CommonOptions, commonOptions, readCommon, whereOf } from './common.ts'
import { type FeatureViewDefinition, isFeatureView } from './stream-feature-view.ts'

export interface FeatureServiceOptions<Name, Views> extends CommonOptions {
  /** As other names, and with colons: `fraud:v2`. */
  readonly name: Name
  /** The feature views it serves, in the order of the answer. */
  readonly features: Views
}

/** Feature views that are read together: frozen plain data made by `FeatureService`. */
export interface FeatureServiceDefinition<
  Name extends string = string,
  Views extends readonly FeatureViewDefinition[] = readonly FeatureViewDefinition[],
> extends Common {
  readonly kind: 'feature_service'
  readonly name: Name
  readonly features: Views
}

/** Declares which feature views are read together; throws a ValidationError where a rule is broken. */
export function FeatureService<
  const Name extends string,
  const Views extends readonly FeatureViewDefinition[],
>(options: FeatureServiceOptions<Name, Views>): FeatureServiceDefinition<Name, Views> {
  // Name and views come out as they went in, so their literal types still hold.
  return readFeatureService(options) as unknown as FeatureServiceDefinition<Name, Views>
}

/** Makes a feature service of anything that has its shape, by every rule. */
export function readFeatureService(value: unknown): FeatureServiceDefinition {
  const where = whereOf('FeatureService', value)
  const options = requireOptions(where, value, ['name', 'features', ...commonOptions])
  const name = requireName(where, options.name, 'service')
  const features = requiredList(where, options, 'features').map(view => {
    if (isFeatureView(view)) return view
    throw new ValidationError(
      `${where}: features holds ${describe(view)}, which is no StreamFeatureView.`,
    )
  })
  requireUnique(
    where,
    features.map(view => view.name),
  )
  return Object.freeze({
    kind: 'feature_service',
    name,
    features: Object.freeze(features),
    ...readCommon(where, options),
  })
}

/** Tells a feature service from anything else that was exported. */
export function isFeatureService(value: unknown): value is FeatureServiceDefinition {
  return isPlainObject(value) && value.kind === 'feature_service' && Object.isFrozen(value)
}

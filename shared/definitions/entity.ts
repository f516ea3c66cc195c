import type { AnyField } from '../fields/field.ts'
import { requireName } from '../fields/names.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { readFieldList } from '../fields/read-fields.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Common, type CommonOptions, commonOptions, readCommon, whereOf } from './common.ts'

export interface EntityOptions<JoinKeys> extends CommonOptions {
  readonly name: string
  /** Columns that together name one entity: String, Int64, Int32 or Bool, never null. */
  readonly joinKeys: JoinKeys
}

/** What features are looked up by: frozen plain data made by `Entity`. */
export interface EntityDefinition<JoinKeys extends readonly AnyField[] = readonly AnyField[]>
  extends Common {
  readonly kind: 'entity'
  readonly name: string
  readonly joinKeys: JoinKeys
}

const keyKinds = ['string', 'int64', 'int32', 'bool']

type KeyKind = 'string' | 'int64' | 'int32' | 'bool'
/** Names of fields whose type is known and cannot name an entity. */
type UnfitKey<Key extends AnyField> = Key extends AnyField
  ? string extends Key['dtype']['kind']
    ? never
    : Key['dtype']['kind'] extends KeyKind
      ? never
      : Key['name']
  : never
type Fitting<JoinKeys extends readonly AnyField[]> = [UnfitKey<JoinKeys[number]>] extends [never]
  ? unknown
  : { readonly joinKeys: { readonly unfit: UnfitKey<JoinKeys[number]> } }

/** Declares what features are looked up by; throws a ValidationError where a rule is broken. */
export function Entity<const JoinKeys extends readonly AnyField[]>(
  options: EntityOptions<JoinKeys> & NoInfer<Fitting<JoinKeys>>,
): EntityDefinition<JoinKeys> {
  // The join keys come out as they went in, so their literal types still hold.
  return readEntity(options) as EntityDefinition<JoinKeys>
}

/** Makes an entity of anything that has its shape, by every rule. */
export function readEntity(value: unknown): EntityDefinition {
  const where = whereOf('Entity', value)
  const options = requireOptions(where, value, ['name', 'joinKeys', ...commonOptions])
  const name = requireName(where, options.name)
  const joinKeys = readFieldList(where, options, 'joinKeys')
  for (const { name: key, dtype, nullable } of joinKeys) {
    if (keyKinds.includes(dtype.kind) && !nullable) continue
    throw new ValidationError(
      `${where}: The join key "${key}" must be a String, Int64, Int32 or Bool that is never null.`,
    )
  }
  return Object.freeze({ kind: 'entity', name, joinKeys, ...readCommon(where, options) })
}

/** Tells an entity from anything else that was passed as one. */
export function isEntity(value: unknown): value is EntityDefinition {
  return isPlainObject(value) && value.kind === 'entity' && Object.isFrozen(value)
}

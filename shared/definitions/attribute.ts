import type { AnyType } from '../fields/data-type.ts'
import { requireName } from '../fields/names.ts'
import { requireOptions } from '../fields/options.ts'
import { readType } from '../fields/read-fields.ts'
import { whereOf } from './common.ts'

/** A feature that is the newest value of a column: frozen plain data made by `Attribute`. */
export interface AttributeDefinition<Name extends string = string, Type extends AnyType = AnyType> {
  readonly kind: 'attribute'
  readonly name: Name
  readonly dtype: Type
}

/** Declares as a feature the newest value of a column. */
export function Attribute<const Name extends string, Type extends AnyType>(
  name: Name,
  dtype: Type,
): AttributeDefinition<Name, Type> {
  return readAttribute({ name, dtype }) as AttributeDefinition<Name, Type>
}

/** Makes an attribute of anything that has its shape, by every rule. */
export function readAttribute(value: unknown): AttributeDefinition {
  const where = whereOf('Attribute', value)
  const options = requireOptions(where, value, ['name', 'dtype'])
  return Object.freeze({
    kind: 'attribute',
    name: requireName(where, options.name),
    dtype: readType(where, options.dtype),
  })
}

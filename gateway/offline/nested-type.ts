import type { ArrayType } from '../../shared/fields/array-type.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { MapType } from '../../shared/fields/map-type.ts'
import type { StructType } from '../../shared/fields/struct-type.ts'

/** A type as the offline log sees it: what kind it is and what it is made of. */
export type TypeShape =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'array'; readonly element: AnyType }
  | { readonly kind: 'map'; readonly value: AnyType }
  | { readonly kind: 'struct'; readonly fields: readonly AnyField[] }

const scalarNames = ['string', 'bool', 'int32', 'int64', 'float32', 'float64', 'timestamp'] as const
export type ScalarName = (typeof scalarNames)[number]

/** Tells what a type is made of; throws for a kind that the log does not know. */
export function shapeOf(type: AnyType): TypeShape {
  if (isArray(type)) return { kind: 'array', element: type.element }
  if (isMap(type)) return { kind: 'map', value: type.value }
  if (isStruct(type)) return { kind: 'struct', fields: type.fields }
  const name = scalarNames.find(name => name === type.kind)
  if (name === undefined) throw new TypeError(`The offline log knows no type "${type.kind}".`)
  return { kind: 'scalar', name }
}

function isArray(type: AnyType): type is ArrayType<AnyType> {
  return type.kind === 'array'
}
function isMap(type: AnyType): type is MapType<AnyType> {
  return type.kind === 'map'
}
function isStruct(type: AnyType): type is StructType<readonly AnyField[]> {
  return type.kind === 'struct'
}

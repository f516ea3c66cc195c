import type { ArrayType } from './array-type.ts'
import type { AnyType } from './data-type.ts'
import type { AnyField } from './field.ts'
import type { MapType } from './map-type.ts'
import type { StructType } from './struct-type.ts'

export function isArrayType(type: AnyType): type is ArrayType<AnyType> {
  return type.kind === 'array'
}

export function isMapType(type: AnyType): type is MapType<AnyType> {
  return type.kind === 'map'
}

export function isStructType(type: AnyType): type is StructType<readonly AnyField[]> {
  return type.kind === 'struct'
}

import type { AnyType } from '../../shared/fields/data-type.ts'
import { isRecord } from '../is-record.ts'
import { shapeOf } from '../offline/nested-type.ts'
import { valueIn } from '../value-in.ts'

/** A data type as get-features names it. */
export type ServedType =
  | { readonly type: 'boolean' | 'int64' | 'string' | 'float32' | 'float64' | 'timestamp' }
  | { readonly type: 'array'; readonly elementType: ServedType }
  | { readonly type: 'map'; readonly keyType: ServedType; readonly valueType: ServedType }
  | {
      readonly type: 'struct'
      readonly fields: readonly { readonly name: string; readonly dataType: ServedType }[]
    }

const scalarTypes = {
  string: 'string',
  bool: 'boolean',
  // Int32 becomes int64 online.
  int32: 'int64',
  int64: 'int64',
  float32: 'float32',
  float64: 'float64',
  timestamp: 'timestamp',
} as const

/** Names a type in the words of Tecton's clients. */
export function servedType(type: AnyType): ServedType {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return { type: scalarTypes[shape.name] }
    case 'array':
      return { type: 'array', elementType: servedType(shape.element) }
    case 'map':
      return { type: 'map', keyType: { type: 'string' }, valueType: servedType(shape.value) }
    case 'struct':
      return {
        type: 'struct',
        fields: shape.fields.map(({ name, dtype }) => ({ name, dataType: servedType(dtype) })),
      }
  }
}

/** Turns a canonical value into what get-features serves: int64 as text, structs as lists of values. */
export function servedValue(type: AnyType, value: unknown): unknown {
  if (value === null) return null
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return scalarTypes[shape.name] === 'int64' ? String(value) : value
    case 'array':
      return Array.isArray(value) ? value.map(member => servedValue(shape.element, member)) : null
    case 'map':
      if (!isRecord(value)) return null
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, servedValue(shape.value, member)]),
      )
    case 'struct':
      if (!isRecord(value)) return null
      return shape.fields.map(({ name, dtype }) => servedValue(dtype, valueIn(value, name)))
  }
}

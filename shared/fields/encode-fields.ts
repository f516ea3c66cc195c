import { limits } from '../limits.ts'
import { array } from './array-type.ts'
import { bool } from './bool-type.ts'
import type { AnyType } from './data-type.ts'
import type { AnyField } from './field.ts'
import { float32, float64 } from './float-types.ts'
import { int32, int64 } from './integer-types.ts'
import { map } from './map-type.ts'
import { isArrayType, isMapType, isStructType } from './nested-types.ts'
import { requireOptions } from './options.ts'
import { isPlainObject } from './plain-object.ts'
import { readFieldList } from './read-fields.ts'
import { describe } from './refusal.ts'
import { string } from './string-type.ts'
import { struct } from './struct-type.ts'
import { timestamp } from './timestamp-type.ts'
import { ValidationError } from './validation-error.ts'

/** A data type as JSON: a scalar's kind, or an object for a type that holds others. */
export type EncodedType =
  | string
  | { readonly kind: 'array'; readonly element: EncodedType }
  | { readonly kind: 'map'; readonly value: EncodedType }
  | { readonly kind: 'struct'; readonly fields: readonly EncodedField[] }

/** A field as JSON, defaults written out. */
export interface EncodedField {
  readonly name: string
  readonly dtype: EncodedType
  readonly nullable: boolean
  /** Only where it is so: definitions without it have the text that they always had. */
  readonly deprecated?: true
  readonly description?: string
}

const scalars = [string, bool, int32, int64, float32, float64, timestamp]

/** Gives fields as plain JSON, from which {@link decodeFields} makes the same fields again. */
export function encodeFields(fields: readonly AnyField[]): readonly EncodedField[] {
  return fields.map(({ name, dtype, nullable, deprecated, description }) => ({
    name,
    dtype: encodeType(dtype),
    nullable,
    ...(deprecated === true ? { deprecated } : {}),
    ...(description === undefined ? {} : { description }),
  }))
}

/** Gives a type as plain JSON; two types are the same if their JSON is. */
export function encodeType(type: AnyType): EncodedType {
  if (isArrayType(type)) return { kind: 'array', element: encodeType(type.element) }
  if (isMapType(type)) return { kind: 'map', value: encodeType(type.value) }
  if (isStructType(type)) return { kind: 'struct', fields: encodeFields(type.fields) }
  return type.kind
}

/** Makes fields of parsed JSON from outside, by every rule; throws a ValidationError on anything else. */
export function decodeFields(value: unknown, where = 'Fields'): readonly AnyField[] {
  return readFieldList(where, { fields: decodeFieldList(value, 1) }, 'fields')
}

/** Makes a type of parsed JSON from outside; throws a ValidationError on anything else. */
export function decodeType(value: unknown): AnyType {
  return decodeNested(value, 1)
}

function decodeNested(value: unknown, depth: number): AnyType {
  // The constructors check the depth as well, but only after a recursion that could overflow the stack.
  if (depth > limits.maxNestingDepth) {
    throw new ValidationError(`Types nest at most ${limits.maxNestingDepth} deep.`)
  }
  const scalar = scalars.find(({ kind }) => kind === value)
  if (scalar !== undefined) return scalar
  const kind = isPlainObject(value) ? value.kind : undefined
  switch (kind) {
    case 'array': {
      const { element } = requireOptions('Array', value, ['kind', 'element'])
      return array(decodeNested(element, depth + 1))
    }
    case 'map': {
      const { value: inner } = requireOptions('Map', value, ['kind', 'value'])
      return map(string, decodeNested(inner, depth + 1))
    }
    case 'struct': {
      const { fields } = requireOptions('Struct', value, ['kind', 'fields'])
      return struct(decodeFieldList(fields, depth + 1) as readonly AnyField[])
    }
    default:
      throw new ValidationError(`${describe(value)} is no data type of this version.`)
  }
}

/** Decodes the types only; what else a field is, readFieldList checks. */
function decodeFieldList(value: unknown, depth: number): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new ValidationError(`Expected a list of fields but received ${describe(value)}.`)
  }
  return Array.from<unknown, unknown>(value, field =>
    isPlainObject(field) ? { ...field, dtype: decodeNested(field.dtype, depth) } : field,
  )
}

import * as v from 'valibot'
import { array } from '../../shared/fields/array-type.ts'
import { bool } from '../../shared/fields/bool-type.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
import { float32, float64 } from '../../shared/fields/float-types.ts'
import { int64 } from '../../shared/fields/integer-types.ts'
import { map } from '../../shared/fields/map-type.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { string } from '../../shared/fields/string-type.ts'
import { struct } from '../../shared/fields/struct-type.ts'
import { timestamp } from '../../shared/fields/timestamp-type.ts'

const scalars = { string, boolean: bool, int64, float32, float64, timestamp } as const
const maxDepth = 32

const scalarSchema = v.object({
  type: v.picklist(['string', 'boolean', 'int64', 'float32', 'float64', 'timestamp']),
})
const arraySchema = v.object({ type: v.literal('array'), elementType: v.unknown() })
const mapSchema = v.object({ type: v.literal('map'), valueType: v.unknown() })
const structSchema = v.object({
  type: v.literal('struct'),
  fields: v.array(v.object({ name: v.string(), dataType: v.unknown() })),
})
const typeSchema = v.variant('type', [scalarSchema, arraySchema, mapSchema, structSchema])

/** Reads a data type as get-features names it; throws a ValiError where it is none of this version. */
export function readServedType(value: unknown, depth = 1): AnyType {
  if (depth > maxDepth) throw new RangeError(`Types nest at most ${maxDepth} deep.`)
  const served = v.parse(typeSchema, value)
  switch (served.type) {
    case 'array':
      return array(readServedType(served.elementType, depth + 1))
    case 'map':
      return map(string, readServedType(served.valueType, depth + 1))
    case 'struct':
      return struct(
        served.fields.map(({ name, dataType }) => ({
          name,
          dtype: readServedType(dataType, depth + 1),
          // get-features does not say which may be null.
          nullable: true,
        })),
      )
    default:
      return scalars[served.type]
  }
}

/**
 * Gives a value of get-features as the type's own rule takes it: structs are lists of values there, and Int32 is
 * decimal text. What has another shape is left for that rule to refuse.
 */
export function unservedValue(type: AnyType, value: unknown): unknown {
  if (value === null) return null
  if (type.kind === 'int32' && typeof value === 'string' && /^-?\d{1,10}$/.test(value)) {
    return Number(value)
  }
  if (isArrayType(type) && Array.isArray(value)) {
    return value.map(member => unservedValue(type.element, member))
  }
  if (isMapType(type) && isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, unservedValue(type.value, member)]),
    )
  }
  if (isStructType(type) && Array.isArray(value) && value.length === type.fields.length) {
    return Object.fromEntries(
      type.fields.map(({ name, dtype }, at) => [name, unservedValue(dtype, value[at])]),
    )
  }
  return value
}

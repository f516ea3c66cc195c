import type { DataType, Field } from '@uwdata/flechette'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { microsOf } from '../../shared/timestamp.ts'
import type { Flechette } from './load-flechette.ts'

/** Gives a column as Arrow declares it; timestamps are microseconds UTC. */
export function arrowField(arrow: Flechette, { name, dtype, nullable }: AnyField): Field {
  return arrow.field(
    name,
    typeOf(arrow, dtype, arrow.timestamp(arrow.TimeUnit.MICROSECOND, 'UTC')),
    nullable,
  )
}

/**
 * Gives the type that a column is built as: timestamps as the integers they are, since the builder would take
 * them as milliseconds in floating point.
 */
export function builtType(arrow: Flechette, dtype: AnyType): DataType {
  return typeOf(arrow, dtype, arrow.int64())
}

function typeOf(arrow: Flechette, type: AnyType, timestamp: DataType): DataType {
  if (isArrayType(type))
    return arrow.list(arrow.field('item', typeOf(arrow, type.element, timestamp), false))
  if (isMapType(type)) {
    return arrow.map(
      arrow.field('key', arrow.utf8(), false),
      arrow.field('value', typeOf(arrow, type.value, timestamp), false),
    )
  }
  if (isStructType(type)) {
    return arrow.struct(
      type.fields.map(({ name, dtype, nullable }) =>
        arrow.field(name, typeOf(arrow, dtype, timestamp), nullable),
      ),
    )
  }
  switch (type.kind) {
    case 'string':
      return arrow.utf8()
    case 'bool':
      return arrow.bool()
    case 'int32':
      return arrow.int32()
    case 'int64':
      return arrow.int64()
    case 'float32':
      return arrow.float32()
    case 'float64':
      return arrow.float64()
    case 'timestamp':
      return timestamp
    default:
      throw new TypeError(`Arrow has no type for ${type.kind}.`)
  }
}

/** Gives a value of a row as the column's builder takes it. */
export function builtValue(type: AnyType, value: unknown): unknown {
  if (value === null) return null
  if (type.kind === 'timestamp') return microsOf(String(value))
  if (isArrayType(type) && Array.isArray(value)) {
    return value.map(member => builtValue(type.element, member))
  }
  if (isMapType(type) && isPlainObject(value)) {
    return Object.entries(value).map(([key, member]) => [key, builtValue(type.value, member)])
  }
  if (isStructType(type) && isPlainObject(value)) {
    return Object.fromEntries(
      type.fields.map(({ name, dtype }) => [name, builtValue(dtype, value[name])]),
    )
  }
  return value
}

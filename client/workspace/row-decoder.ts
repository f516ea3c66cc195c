import { explainRefusal } from '../../shared/check-record.ts'
import type { AnyType, Canonical } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { describe, Refusal, refuse } from '../../shared/fields/refusal.ts'

/** A value that is none of its column. */
export class WrongValue extends Error {}

/** A function that turns a parsed row into what is read back: columns in order, Int64 as bigint. */
export function rowDecoder(
  columns: readonly AnyField[],
): (row: unknown) => Record<string, unknown> {
  const decoders = columns.map(({ name, dtype, nullable }) => ({
    name,
    nullable,
    decode: valueDecoder(dtype),
  }))
  return row => {
    if (!isPlainObject(row))
      throw new WrongValue(`a row is an object but received ${describe(row)}`)
    const decoded: Record<string, unknown> = {}
    for (const { name, nullable, decode } of decoders) {
      const value = row[name]
      decoded[name] = value === null && nullable ? null : decode(value, name)
    }
    return decoded
  }
}

/** A function that checks a value by its type's own rule and gives it as it is read back. */
export function valueDecoder(dtype: AnyType): (value: unknown, name: string) => unknown {
  const out = outOf(dtype)
  return (value, name) => {
    const checked =
      value === null || value === undefined ? refuse(dtype.kind, value) : dtype['~check'](value)
    if (!(checked instanceof Refusal)) return out === undefined ? checked : out(checked)
    checked.path.unshift(name)
    throw new WrongValue(explainRefusal(checked).reason)
  }
}

type Out = (value: Canonical) => unknown

/** How a canonical value is read back; nothing where it is read back as it is. */
function outOf(type: AnyType): Out | undefined {
  if (type.kind === 'int64')
    return value => (typeof value === 'string' || typeof value === 'number' ? BigInt(value) : value)
  if (isArrayType(type)) {
    const out = outOf(type.element)
    return out && (value => (Array.isArray(value) ? value.map(out) : value))
  }
  if (isMapType(type)) {
    const out = outOf(type.value)
    return out && (value => members(value, () => out))
  }
  if (isStructType(type)) {
    const outs = new Map(type.fields.map(({ name, dtype }) => [name, outOf(dtype)]))
    const isPlain = [...outs.values()].every(out => out === undefined)
    return isPlain ? undefined : value => members(value, name => outs.get(name))
  }
  return undefined
}

function members(value: Canonical, outOf: (name: string) => Out | undefined): unknown {
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const out = outOf(name)
      return [name, out === undefined || member === null ? member : out(member)]
    }),
  )
}

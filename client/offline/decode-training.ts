import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { isArrayType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { valueDecoder, WrongValue } from '../workspace/row-decoder.ts'
import { canonicalOf } from './canonical-of.ts'

/**
 * Makes a function that turns a row as DuckDB writes it as JSON into what is read back: Int64 as bigint, times as text.
 * Members of lists may be null, as of windows without a record. Throws a WrongValue where a value is none of its column.
 */
export function trainingDecoder(
  fields: readonly AnyField[],
): (row: unknown) => Record<string, unknown> {
  const canonical = canonicalOf(fields)
  const decoders = fields.map(({ name, dtype }) => ({ name, decode: decoderOf(dtype) }))
  return given => {
    const row = canonical(given)
    if (!isPlainObject(row))
      throw new WrongValue(`a row is an object but received ${describe(row)}`)
    return Object.fromEntries(decoders.map(({ name, decode }) => [name, decode(row[name], name)]))
  }
}

function decoderOf(dtype: AnyType): (value: unknown, name: string) => unknown {
  const decode = valueDecoder(dtype)
  const member = isArrayType(dtype) ? decoderOf(dtype.element) : undefined
  return (value, name) => {
    if (value === null) return null
    if (member === undefined || !Array.isArray(value)) return decode(value, name)
    return value.map(one => member(one, name))
  }
}

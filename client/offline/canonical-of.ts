import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'

/** Makes a function that turns a row as DuckDB writes it as JSON into what Tidegate's rows have: times differ. */
export function canonicalOf(fields: readonly AnyField[]): (row: unknown) => unknown {
  const known = fields.filter(({ dtype }) => hasTimes(dtype))
  if (known.length === 0) return row => row
  return row => {
    if (!isPlainObject(row)) return row
    const changed: Record<string, unknown> = { ...row }
    for (const { name, dtype } of known) changed[name] = canonical(dtype, row[name])
    return changed
  }
}

function hasTimes(type: AnyType): boolean {
  if (isArrayType(type)) return hasTimes(type.element)
  if (isMapType(type)) return hasTimes(type.value)
  if (isStructType(type)) return type.fields.some(({ dtype }) => hasTimes(dtype))
  return type.kind === 'timestamp'
}

function canonical(type: AnyType, value: unknown): unknown {
  if (typeof value === 'string') return type.kind === 'timestamp' ? timeOf(value) : value
  if (isArrayType(type) && Array.isArray(value)) {
    return value.map(member => canonical(type.element, member))
  }
  if (!isPlainObject(value)) return value
  const typeOf = (name: string) => {
    if (isMapType(type)) return type.value
    return isStructType(type) ? type.fields.find(field => field.name === name)?.dtype : undefined
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const own = typeOf(name)
      return [name, own === undefined ? member : canonical(own, member)]
    }),
  )
}

/** `2026-01-31 12:00:00.5+00`, or without an offset, as `2026-01-31T12:00:00.500000Z`. */
function timeOf(text: string): string {
  const [, day, time, fraction = ''] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text) ?? []
  return day === undefined ? text : `${day}T${time}.${fraction.padEnd(6, '0')}Z`
}

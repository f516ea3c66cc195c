import type { AnyType } from './fields/data-type.ts'
import type { AnyField } from './fields/field.ts'
import { isArrayType, isMapType, isStructType } from './fields/nested-types.ts'
import { isPlainObject } from './fields/plain-object.ts'

type Render = (value: unknown) => string

/** Writes one line of CSV, its end included: the names of some columns. */
export function csvHeader(columns: readonly Pick<AnyField, 'name'>[]): string {
  return `${columns.map(({ name }) => quoted(name)).join(',')}\r\n`
}

/**
 * Makes a function that writes a row, canonical or read back, as one line of CSV by RFC 4180: null is empty and
 * an empty text `""`, integers have their exact digits, arrays, maps and structs are JSON.
 */
export function csvLines(
  columns: readonly Pick<AnyField, 'name' | 'dtype'>[],
): (row: { readonly [column: string]: unknown }) => string {
  const cells = columns.map(({ name, dtype }) => ({ name, render: cellOf(dtype) }))
  return row => {
    const line = cells.map(({ name, render }) => {
      const value = row[name]
      return value === null || value === undefined ? '' : render(value)
    })
    return `${line.join(',')}\r\n`
  }
}

function cellOf(type: AnyType): Render {
  if (isNested(type)) {
    const render = jsonOf(type)
    return value => quoted(render(value))
  }
  return type.kind === 'string' ? value => quoted(String(value)) : String
}

const isNested = (type: AnyType) => isArrayType(type) || isMapType(type) || isStructType(type)

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** How a type's values are written as JSON; only Int64 has more digits than JSON.stringify would keep. */
function jsonOf(type: AnyType): Render {
  if (isArrayType(type)) {
    const render = orNull(jsonOf(type.element))
    return value => (Array.isArray(value) ? `[${value.map(render).join(',')}]` : 'null')
  }
  if (isMapType(type)) {
    const render = orNull(jsonOf(type.value))
    return value => objectOf(value, () => render)
  }
  if (isStructType(type)) {
    const renders = new Map(type.fields.map(({ name, dtype }) => [name, orNull(jsonOf(dtype))]))
    return value => objectOf(value, name => renders.get(name))
  }
  return type.kind === 'int64' ? String : value => JSON.stringify(value)
}

function orNull(render: Render): Render {
  return value => (value === null || value === undefined ? 'null' : render(value))
}

function objectOf(value: unknown, renderOf: (name: string) => Render | undefined): string {
  if (!isPlainObject(value)) return 'null'
  const members = Object.entries(value).map(([name, member]) => {
    const render = renderOf(name) ?? JSON.stringify
    return `${JSON.stringify(name)}:${render(member)}`
  })
  return `{${members.join(',')}}`
}

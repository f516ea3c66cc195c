import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { shapeOf } from './nested-type.ts'
import type { Row } from './read-part.ts'

type Render = (value: unknown) => unknown

/**
 * Makes a function that writes a row's columns as one line of NDJSON, line feed included. Integers have
 * their exact digits, whatever their size.
 */
export function rowRenderer(columns: readonly AnyField[]): (row: Row) => string {
  const renders = columns.map(({ name, dtype }) => [name, renderOf(dtype)] as const)
  return row => {
    const line: { [column: string]: unknown } = {}
    for (const [name, render] of renders) {
      const value = row[name] ?? null
      line[name] = render === undefined || value === null ? value : render(value)
    }
    return `${JSON.stringify(line)}\n`
  }
}

/** How a type's canonical values are rendered; nothing where they already are JSON. */
function renderOf(type: AnyType): Render | undefined {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return shape.name === 'int64'
        ? value => (typeof value === 'string' ? JSON.rawJSON(value) : value)
        : undefined
    case 'array': {
      const render = renderOf(shape.element)
      return render && (value => (Array.isArray(value) ? value.map(render) : value))
    }
    case 'map': {
      const render = renderOf(shape.value)
      return render && (value => renderMembers(value, () => render))
    }
    case 'struct': {
      const renders = new Map(shape.fields.map(({ name, dtype }) => [name, renderOf(dtype)]))
      return [...renders.values()].some(Boolean)
        ? value => renderMembers(value, name => renders.get(name))
        : undefined
    }
  }
}

function renderMembers(value: unknown, renderOf: (name: string) => Render | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const render = renderOf(name)
      return [name, render === undefined || member === null ? member : render(member)]
    }),
  )
}

import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { shapeOf } from './nested-type.ts'

/** Ids of a column's nodes start at a multiple of this, so that columns added later move none. */
const idsPerColumn = 1_000

/**
 * Gives every node of the last of some schemas its field id, by path (names joined by dots): columns and what is
 * in them are numbered in the order in which the schemas, the oldest first, brought them. A later schema never
 * changes an id, wherever it puts its fields.
 */
export function columnIds(schemas: readonly (readonly AnyField[])[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>()
  let columns = 0
  const next = new Map<string, number>()
  for (const { name, dtype } of schemas.flat()) {
    if (!next.has(name)) next.set(name, ++columns * idsPerColumn)
    for (const path of pathsOf(name, dtype)) {
      const id = next.get(name)
      if (ids.has(path) || id === undefined) continue
      ids.set(path, id)
      next.set(name, id + 1)
    }
  }
  return ids
}

/** The nodes of a column in preorder, as Parquet names them. */
function pathsOf(path: string, type: AnyType): string[] {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return [path]
    case 'array':
      return [path, `${path}.list`, ...pathsOf(`${path}.list.element`, shape.element)]
    case 'map': {
      const entry = `${path}.key_value`
      return [path, entry, `${entry}.key`, ...pathsOf(`${entry}.value`, shape.value)]
    }
    case 'struct':
      return [path, ...shape.fields.flatMap(({ name, dtype }) => pathsOf(`${path}.${name}`, dtype))]
  }
}

import type { SchemaElement } from 'hyparquet'
import { type AddedColumn, addedTypes } from '../../shared/added-columns.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { columnIds } from './column-ids.ts'
import { type ScalarName, shapeOf } from './nested-type.ts'

type Leaf = Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'>

// Both converted and logical types: readers of either kind must agree (a lone one loses maps and texts).
const text: Leaf = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
const time: Leaf = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
}
const leaves: { readonly [name in ScalarName]: Leaf } = {
  string: text,
  bool: { type: 'BOOLEAN' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  timestamp: time,
}

/** Columns that Tidegate adds to every part; users' names never start with an underscore. */
export const addedColumns = [
  '_partition',
  '_offset',
  '_ingest_ts',
  '_version',
] as const satisfies readonly AddedColumn[]

/** The same as fields. */
export const addedFields: readonly AnyField[] = addedColumns.map(name => ({
  name,
  dtype: addedTypes[name],
  nullable: false,
}))

/**
 * The Parquet schema of a source: its fields in order, then the added columns; flat, in preorder, with
 * repetition and field id on every node (readers refuse files that lack them). `ids` are those of all its schemas.
 */
export function parquetSchema(
  fields: readonly AnyField[],
  ids: ReadonlyMap<string, number> = columnIds([fields]),
): SchemaElement[] {
  const columns = fields.flatMap(field => fieldNodes(field, ids))
  const added = addedFields.flatMap(field => fieldNodes(field, ids))
  return [{ name: 'root', num_children: fields.length + added.length }, ...columns, ...added]
}

/** The nodes of one column, an added one too, in preorder. */
export function fieldNodes(field: AnyField, ids: ReadonlyMap<string, number>): SchemaElement[] {
  const added = addedFields.findIndex(({ name }) => name === field.name)
  return nodes('', field, added < 0 ? ids : new Map([[field.name, added + 1]]))
}

function nodes(
  under: string,
  { name, dtype, nullable }: Pick<AnyField, 'name' | 'dtype' | 'nullable'>,
  ids: ReadonlyMap<string, number>,
): SchemaElement[] {
  const path = `${under}${name}`
  const idOf = (path: string) => {
    const field_id = ids.get(path)
    if (field_id === undefined) throw new Error(`The column ${path} has no id.`)
    return { field_id }
  }
  const head: SchemaElement = {
    name,
    ...idOf(path),
    repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
  }
  const member = (under: string, name: string, dtype: AnyType) =>
    nodes(`${under}.`, { name, dtype, nullable: false }, ids)
  const shape = shapeOf(dtype)
  switch (shape.kind) {
    case 'scalar':
      return [{ ...head, ...leaves[shape.name] }]
    case 'array': {
      const list = `${path}.list`
      return [
        { ...head, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', ...idOf(list), repetition_type: 'REPEATED', num_children: 1 },
        ...member(list, 'element', shape.element),
      ]
    }
    case 'map': {
      const entry = `${path}.key_value`
      return [
        { ...head, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', ...idOf(entry), repetition_type: 'REPEATED', num_children: 2 },
        { name: 'key', ...idOf(`${entry}.key`), repetition_type: 'REQUIRED', ...text },
        ...member(entry, 'value', shape.value),
      ]
    }
    case 'struct':
      return [
        { ...head, num_children: shape.fields.length },
        ...shape.fields.flatMap(field => nodes(`${path}.`, field, ids)),
      ]
  }
}

/**
 * Whether a column must be written PLAIN: a dictionary would make -0 and 0 one value, and run-length
 * booleans are not read everywhere.
 */
export function needsPlain(type: AnyType): boolean {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return ['bool', 'float32', 'float64'].includes(shape.name)
    case 'array':
      return needsPlain(shape.element)
    case 'map':
      return needsPlain(shape.value)
    case 'struct':
      return shape.fields.some(({ dtype }) => needsPlain(dtype))
  }
}

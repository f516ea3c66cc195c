import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import type { AnyType } from '../../../shared/fields/data-type.ts'
import { isArrayType, isMapType, isStructType } from '../../../shared/fields/nested-types.ts'

const scalars: { readonly [kind: string]: string } = {
  string: 'VARCHAR',
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
}

/** Gives the type of DuckDB that parts have for a column. */
export function duckType(type: AnyType): string {
  if (isArrayType(type)) return `${duckType(type.element)}[]`
  if (isMapType(type)) return `MAP(VARCHAR, ${duckType(type.value)})`
  if (isStructType(type)) {
    const members = type.fields.map(({ name, dtype }) => `${sqlName(name)} ${duckType(dtype)}`)
    return `STRUCT(${members.join(', ')})`
  }
  const scalar = scalars[type.kind]
  if (scalar === undefined) throw new TypeError(`DuckDB has no type for ${type.kind}.`)
  return scalar
}

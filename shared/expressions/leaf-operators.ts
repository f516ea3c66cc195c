import type { AnyType, Canonical } from '../fields/data-type.ts'
import { decodeType } from '../fields/encode-fields.ts'
import type { AnyField } from '../fields/field.ts'
import { isStructType } from '../fields/nested-types.ts'
import { hasKey, isPlainObject } from '../fields/plain-object.ts'
import { scalarKinds } from './cast-operator.ts'
import type { ExpressionNode } from './expression.ts'
import { type Compute, type Operator, oneOf, unary, type Value } from './operator.ts'
import { sqlName, sqlText } from './sql-pieces.ts'

const name = (value: unknown) =>
  typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value)
    ? undefined
    : 'the name of a field'

/** Gives a canonical value as trees compute with it. */
function internalOf(canonical: unknown, { kind }: AnyType): Value {
  if (canonical === null || canonical === undefined) return null
  if (kind === 'int32' || kind === 'int64') {
    return typeof canonical === 'number' || typeof canonical === 'string' ? BigInt(canonical) : null
  }
  switch (typeof canonical) {
    case 'string':
    case 'number':
    case 'boolean':
      return canonical
    case 'object':
      return isChecked(canonical) ? canonical : null
    default:
      return null
  }
}

/** The record was checked before: what is inside an object of it is canonical as well. */
function isChecked(value: object): value is Extract<Canonical, object> {
  return Array.isArray(value) || isPlainObject(value)
}

/** A column as parts hold it, in the types that trees have in SQL. */
function sqlValue(sql: string, { kind }: AnyType): string {
  return kind === 'timestamp' ? `epoch_us(${sql})` : sql
}

/** Gives the field that a column or a member names. */
export function fieldOf(
  fields: readonly AnyField[],
  { name }: ExpressionNode,
): AnyField | undefined {
  return fields.find(field => field.name === name)
}

export const columnParameters = { name }

export function computeColumn(field: AnyField): Compute {
  const { name, dtype } = field
  return record => internalOf(record[name], dtype)
}

export function sqlColumn({ name, dtype }: AnyField): string {
  return sqlValue(sqlName(name), dtype)
}

/** A constant: its canonical value beside its type's kind. */
export const literalOperator: Operator = {
  arity: [0, 0],
  parameters: { dtype: oneOf(scalarKinds), value: () => undefined },
  type: (_, { dtype, value = null }) => {
    const type = decodeType(dtype)
    if (value === null || type['~check'](value) === value) return type
    return `its value is no canonical ${type.kind}; write lit(value, type)`
  },
  nullable: (_, __, { value }) => value === null,
  compute: (_, __, { dtype, value }) => {
    const constant = internalOf(value, decodeType(dtype))
    return () => constant
  },
  sql: (_, __, { dtype, value = null }) => sqlLiteral(String(dtype), value),
}

const sqlTypes: { readonly [kind: string]: string } = {
  string: 'VARCHAR',
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  timestamp: 'BIGINT',
}

function sqlLiteral(kind: string, value: unknown): string {
  const sqlType = sqlTypes[kind] ?? 'VARCHAR'
  if (value === null) return `CAST(NULL AS ${sqlType})`
  if (kind === 'string') return sqlText(String(value))
  if (kind === 'timestamp') return `epoch_us(CAST('${String(value)}' AS TIMESTAMPTZ))`
  return `CAST('${String(value)}' AS ${sqlType})`
}

/** One field of a struct. */
export const memberOperator: Operator = {
  arity: [1, 1],
  parameters: columnParameters,
  type: ([of], node) => {
    if (of === undefined || !isStructType(of)) {
      return `it takes a struct but received ${of?.kind ?? 'nothing'}`
    }
    const field = fieldOf(of.fields, node)
    return (
      field?.dtype ??
      `the struct has no field "${node.name}"; it has ${of.fields.map(({ name }) => name).join(', ')}`
    )
  },
  nullable: ([nullable], [of], node) => nullable === true || memberOf(of, node)?.nullable === true,
  compute: ([arg], [of], node) => {
    const field = memberOf(of, node)
    return unary(arg, struct =>
      field !== undefined && isObject(struct) && hasKey(struct, field.name)
        ? internalOf(struct[field.name], field.dtype)
        : null,
    )
  },
  sql: ([arg], [of], node) => {
    const field = memberOf(of, node)
    const sql = `struct_extract(${arg}, ${sqlText(String(node.name))})`
    return field === undefined ? sql : sqlValue(sql, field.dtype)
  },
}

function memberOf(type: AnyType | undefined, node: ExpressionNode): AnyField | undefined {
  return type !== undefined && isStructType(type) ? fieldOf(type.fields, node) : undefined
}

function isObject(value: Value): value is { readonly [name: string]: Canonical } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Gives the canonical value of what a tree computed. */
export function canonicalOf(value: Value, { kind }: AnyType): Canonical {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return kind === 'int32' || Number.isSafeInteger(number) ? number : String(value)
}

/** Writes what a tree gives in SQL as a column: times as TIMESTAMP in UTC. */
export function sqlOutput(sql: string, { kind }: AnyType): string {
  return kind === 'timestamp' ? `make_timestamp(${sql})` : sql
}

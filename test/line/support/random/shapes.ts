import fc from 'fast-check'
import {
  type AnyField,
  type AnyType,
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../../shared/types.ts'
import { arbitraryName } from '../../../shared/arbitrary-fields.ts'

const scalars = {
  string: String,
  bool: Bool,
  int32: Int32,
  int64: Int64,
  float32: Float32,
  float64: Float64,
  timestamp: Timestamp,
} as const
export type ScalarKind = keyof typeof scalars

/** A data type in a test's own words, so that what is expected of it is not asked of the code under test. */
export type Shape =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'array' | 'map'; readonly of: Shape }
  | { readonly kind: 'struct'; readonly columns: readonly Column[] }

export interface Column {
  readonly name: string
  readonly shape: Shape
  readonly nullable: boolean
}

/** Gives the data type of a shape. */
export function typeOf(shape: Shape): AnyType {
  switch (shape.kind) {
    case 'array':
      return Array(typeOf(shape.of))
    case 'map':
      return Map(String, typeOf(shape.of))
    case 'struct':
      return Struct(shape.columns.map(fieldOf))
    default:
      return scalars[shape.kind]
  }
}

/** Gives the field of a column. */
export function fieldOf({ name, shape, nullable }: Column): AnyField {
  return nullable ? Field(name, typeOf(shape), { nullable: true }) : Field(name, typeOf(shape))
}

/** Names that mean something to JavaScript, to SQL or to Parquet. */
const awkwardNames = [
  ...['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'prototype', 'length', 'then'],
  ...['select', 'from', 'order', 'group', 'date', 'timestamp', 'null', 'true', 'row', 'rowid'],
  ...['key', 'value', 'key_value', 'list', 'element', 'entries', 'schema', 'partition', 'offset'],
]

/** Names of anything; unique ones need {@link byName}. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...awkwardNames),
  arbitraryName,
)

/** By what names are equal: case does not count. */
export const byName = ({ name }: { readonly name: string }): string => name.toLowerCase()

/** Any type, nested at most so deep. */
export function anyShape(depth: number): fc.Arbitrary<Shape> {
  const scalar = fc.constantFrom(...kinds).map((kind): Shape => ({ kind }))
  if (depth === 0) return scalar
  const inner = anyShape(depth - 1)
  return fc.oneof(
    { arbitrary: scalar, weight: 3 },
    fc.record({ kind: fc.constantFrom('array' as const, 'map' as const), of: inner }),
    anyColumns(depth - 1, { minLength: 1, maxLength: 4 }).map(
      (columns): Shape => ({ kind: 'struct', columns }),
    ),
  )
}

/** Columns of any type and of different names. */
export function anyColumns(
  depth: number,
  lengths: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<Column[]> {
  const column = fc.record({ name: anyName, shape: anyShape(depth), nullable: fc.boolean() })
  return fc.uniqueArray(column, { ...lengths, size: 'max', selector: byName })
}

const kinds = ['string', 'bool', 'int32', 'int64', 'float32', 'float64', 'timestamp'] as const

import { bool } from '../fields/bool-type.ts'
import type { AnyType, In } from '../fields/data-type.ts'
import type { AnyField, FieldDefinition } from '../fields/field.ts'
import { float64 } from '../fields/float-types.ts'
import { int64 } from '../fields/integer-types.ts'
import { Refusal } from '../fields/refusal.ts'
import { requireType } from '../fields/require-type.ts'
import { string } from '../fields/string-type.ts'
import type { StructType } from '../fields/struct-type.ts'
import { timestamp } from '../fields/timestamp-type.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { scalarKinds } from './cast-operator.ts'
import type { Expression, ExpressionNode, Operand } from './expression.ts'

/** The column that a field declares. */
export function col<Name extends string, Type extends AnyType, Nullable extends boolean>(
  field: FieldDefinition<Name, Type, Nullable>,
): Expression<Type, Nullable> {
  return node('column', [], { name: field.name })
}

/** The columns of a schema by name: `const { amt, user } = columns(fields)`. */
export function columns<const Fields extends readonly AnyField[]>(
  fields: Fields,
): { readonly [F in Fields[number] as F['name']]: Expression<F['dtype'], F['nullable']> }
export function columns(fields: readonly AnyField[]): { readonly [name: string]: Expression } {
  return Object.freeze(Object.fromEntries(fields.map(field => [field.name, col(field)])))
}

/**
 * A constant of a type that has no others inside; null too. Text, booleans, bigints (Int64), numbers (Float64) and
 * dates stand for themselves wherever an expression may be.
 */
export function lit<Type extends AnyType>(value: In<Type>, type: Type): Expression<Type, false>
export function lit<Type extends AnyType>(value: null, type: Type): Expression<Type, true>
export function lit(value: unknown, type: AnyType): Expression {
  const { kind, '~check': check } = requireType('lit', type)
  if (!scalarKinds.includes(kind)) {
    throw new ValidationError(`lit: A constant has a type without others inside, and not ${kind}.`)
  }
  const canonical = value === null ? null : check(value)
  if (!(canonical instanceof Refusal)) return node('literal', [], { dtype: kind, value: canonical })
  throw new ValidationError(
    `lit: Expected ${canonical.expected} but received ${canonical.received}.`,
  )
}

/** A field of a struct; null where the struct is. */
export function member<
  const Fields extends readonly AnyField[],
  Nullable extends boolean,
  Name extends Fields[number]['name'],
>(
  struct: Expression<StructType<Fields>, Nullable>,
  name: Name,
): Expression<
  Extract<Fields[number], { readonly name: Name }>['dtype'],
  Nullable | Extract<Fields[number], { readonly name: Name }>['nullable']
> {
  return node('member', [struct], { name })
}

/** Makes a node; constants among its arguments become literals. */
export function node(
  op: string,
  args: readonly Operand[],
  parameters: Omit<ExpressionNode, 'op' | 'args'> = {},
): ExpressionNode {
  const operands = args.length === 0 ? {} : { args: Object.freeze(args.map(operand)) }
  return Object.freeze({ op, ...parameters, ...operands })
}

/** Gives an operand as an expression. */
export function operand(value: Operand): Expression {
  switch (typeof value) {
    case 'string':
      return lit(value, string)
    case 'boolean':
      return lit(value, bool)
    case 'bigint':
      return lit(value, int64)
    case 'number':
      return lit(value, float64)
    default:
      return value instanceof Date ? lit(value, timestamp) : value
  }
}

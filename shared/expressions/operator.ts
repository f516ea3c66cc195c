import type { AnyType, Canonical } from '../fields/data-type.ts'
import type { ExpressionNode } from './expression.ts'

/**
 * A value while a tree is computed: integers of both sizes are bigints, floats are finite numbers, timestamps
 * canonical text, values of types that hold others canonical.
 */
export type Value = Canonical | bigint

/** Computes a node of a record's canonical values. Total: it never throws. */
export type Compute = (record: { readonly [field: string]: unknown }) => Value

/** Says what a parameter must be, or nothing where it is so. */
type CheckParameter = (value: unknown) => string | undefined

/**
 * What one operator is: its arguments and parameters, its type, and its meaning twice, in JavaScript and in
 * DuckDB's SQL. There every argument is written once, or trees would grow exponentially, and integers are
 * INTEGER or BIGINT, floats FLOAT or DOUBLE, timestamps microseconds as BIGINT.
 */
export interface Operator {
  /** The least and the largest number of arguments. */
  readonly arity: readonly [least: number, most: number]
  readonly parameters?: { readonly [name: string]: CheckParameter }
  /** The result's type, or what is wrong with the arguments' and how to mend it. */
  type(types: readonly AnyType[], node: ExpressionNode): AnyType | string
  /** Whether it may be null where some arguments may be; where absent, any of them makes it so. */
  nullable?(nullable: readonly boolean[], types: readonly AnyType[], node: ExpressionNode): boolean
  compute(args: readonly Compute[], types: readonly AnyType[], node: ExpressionNode): Compute
  sql(args: readonly string[], types: readonly AnyType[], node: ExpressionNode): string
}

export type Operators = { readonly [op: string]: Operator }

/** Computes of one value. */
export function unary(arg: Compute | undefined, of: (value: Value) => Value): Compute {
  return record => of(arg?.(record) ?? null)
}

/** Computes of two values. */
export function binary(
  args: readonly Compute[],
  of: (left: Value, right: Value) => Value,
): Compute {
  const [left, right] = args
  return record => of(left?.(record) ?? null, right?.(record) ?? null)
}

/** A parameter out of a list of texts. */
export function oneOf(values: readonly string[]): CheckParameter {
  return value =>
    typeof value === 'string' && values.includes(value) ? undefined : `one of ${values.join(', ')}`
}

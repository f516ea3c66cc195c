import type { BoolType } from '../fields/bool-type.ts'
import type { AnyType, Canonical } from '../fields/data-type.ts'
import type { Float32Type, Float64Type } from '../fields/float-types.ts'
import type { Int32Type, Int64Type } from '../fields/integer-types.ts'
import type { StringType } from '../fields/string-type.ts'
import type { TimestampType } from '../fields/timestamp-type.ts'

/**
 * One node of an expression tree: plain JSON. What belongs to an operator besides its arguments (a name, a unit,
 * a text to look for) stands beside them under a name of its own.
 */
export interface ExpressionNode {
  readonly op: string
  readonly args?: readonly ExpressionNode[]
  readonly [parameter: string]: Canonical | readonly ExpressionNode[] | undefined
}

/** What an expression tells the compiler of its result; never present. */
declare const result: unique symbol

/** A value computed of a record: frozen plain data made by the builders of `tidegate/expressions`. */
export interface Expression<Type extends AnyType = AnyType, Nullable extends boolean = boolean>
  extends ExpressionNode {
  readonly [result]?: { readonly type: Type; readonly nullable: Nullable }
}

// JavaScript's own values stand for constants: a number is a Float64, a bigint an Int64, a Date a Timestamp.
export type TextOperand = Expression<StringType> | string
export type BoolOperand = Expression<BoolType> | boolean
export type TimeOperand = Expression<TimestampType> | Date
export type IntegerOperand = Expression<Int32Type> | Expression<Int64Type> | bigint
export type FloatOperand = Expression<Float32Type> | Expression<Float64Type> | number
export type NumberOperand = IntegerOperand | FloatOperand
/** An operand of a type that has no others inside. */
export type ScalarOperand = TextOperand | BoolOperand | TimeOperand | NumberOperand
export type Operand = Expression | string | boolean | bigint | number | Date

/** The type of an operand's values. */
export type TypeOf<O> =
  O extends Expression<infer Type, boolean>
    ? Type
    : O extends string
      ? StringType
      : O extends boolean
        ? BoolType
        : O extends bigint
          ? Int64Type
          : O extends number
            ? Float64Type
            : TimestampType

/** Whether an operand's value may be null. */
export type NullOf<O> = O extends Expression<AnyType, infer Nullable> ? Nullable : false

export type KindOf<O> = TypeOf<O>['kind']

/** What two numbers meet in: Int64 of integers, else Float64; nothing where that would lose digits. */
export type Meeting<A, B> = [KindOf<A> | KindOf<B>] extends ['int32' | 'int64']
  ? Int64Type
  : 'int64' extends KindOf<A> | KindOf<B>
    ? never
    : Float64Type

/** Refuses Int64 beside floats. */
export type Mixable<A, B> = [Meeting<A, B>] extends [never]
  ? 'Int64 and floats do not mix without loss: cast one of them'
  : unknown

/** What may stand beside an operand in a comparison. */
export type Like<A> =
  KindOf<A> extends 'string'
    ? TextOperand
    : KindOf<A> extends 'bool'
      ? BoolOperand
      : KindOf<A> extends 'timestamp'
        ? TimeOperand
        : KindOf<A> extends 'int64'
          ? IntegerOperand
          : KindOf<A> extends 'int32'
            ? NumberOperand
            : FloatOperand | Expression<Int32Type>

/** What may stand in an operand's place: of the very same type. */
export type Same<A> =
  | Expression<TypeOf<A>>
  | (A extends Expression ? PlainOf<TypeOf<A>['kind']> : PlainOf<KindOf<A>>)
type PlainOf<Kind> = Kind extends 'string'
  ? string
  : Kind extends 'bool'
    ? boolean
    : Kind extends 'int64'
      ? bigint
      : Kind extends 'float64'
        ? number
        : Kind extends 'timestamp'
          ? Date
          : never

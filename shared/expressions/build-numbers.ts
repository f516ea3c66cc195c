import type { Float64Type } from '../fields/float-types.ts'
import type { Int64Type } from '../fields/integer-types.ts'
import { node } from './columns.ts'
import type {
  Expression,
  FloatOperand,
  IntegerOperand,
  Meeting,
  Mixable,
  NullOf,
  NumberOperand,
} from './expression.ts'

type Two<A, B> = Expression<Meeting<A, B>, NullOf<A> | NullOf<B>>
type One<A> = Expression<Meeting<A, A>, NullOf<A>>

/** The sum: Int64 of integers, null beyond 64 bits; else Float64, null where it is no finite number. */
export function add<A extends NumberOperand, B extends NumberOperand>(
  left: A,
  right: B & Mixable<A, B>,
): Two<A, B> {
  return node('add', [left, right])
}
/** The difference, as {@link add}. */
export function subtract<A extends NumberOperand, B extends NumberOperand>(
  left: A,
  right: B & Mixable<A, B>,
): Two<A, B> {
  return node('subtract', [left, right])
}
/** The product, as {@link add}. */
export function multiply<A extends NumberOperand, B extends NumberOperand>(
  left: A,
  right: B & Mixable<A, B>,
): Two<A, B> {
  return node('multiply', [left, right])
}
/** The ratio of floats; null by zero. */
export function divide<A extends FloatOperand, B extends FloatOperand>(
  left: A,
  right: B,
): Expression<Float64Type, NullOf<A> | NullOf<B>> {
  return node('divide', [left, right])
}
/** How often a whole number goes into another, cut towards zero; null by zero. */
export function quotient<A extends IntegerOperand, B extends IntegerOperand>(
  left: A,
  right: B,
): Expression<Int64Type, NullOf<A> | NullOf<B>> {
  return node('quotient', [left, right])
}
/** What {@link quotient} leaves, with the sign of the left one; null by zero. */
export function modulo<A extends IntegerOperand, B extends IntegerOperand>(
  left: A,
  right: B,
): Expression<Int64Type, NullOf<A> | NullOf<B>> {
  return node('modulo', [left, right])
}
/** The same with the other sign. */
export function negate<A extends NumberOperand>(value: A): One<A> {
  return node('negate', [value])
}
/** The same without its sign. */
export function abs<A extends NumberOperand>(value: A): One<A> {
  return node('abs', [value])
}
/** The nearest whole number, halves away from zero, as Float64. */
export function round<A extends FloatOperand>(value: A): Expression<Float64Type, NullOf<A>> {
  return node('round', [value])
}
/** The next whole number below. */
export function floor<A extends FloatOperand>(value: A): Expression<Float64Type, NullOf<A>> {
  return node('floor', [value])
}
/** The next whole number above. */
export function ceil<A extends FloatOperand>(value: A): Expression<Float64Type, NullOf<A>> {
  return node('ceil', [value])
}

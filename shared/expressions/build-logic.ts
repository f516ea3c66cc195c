import type { BoolType } from '../fields/bool-type.ts'
import { node } from './columns.ts'
import type {
  BoolOperand,
  Expression,
  Like,
  NullOf,
  Operand,
  Same,
  ScalarOperand,
  TypeOf,
} from './expression.ts'

type Truth<A, B = never> = Expression<BoolType, NullOf<A> | NullOf<B>>

/** Equal; texts by code point. Null if either side is. */
export function eq<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('eq', [left, right])
}
/** Not equal. */
export function ne<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('ne', [left, right])
}
/** Less; texts by code point. */
export function lt<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('lt', [left, right])
}
/** Less or equal. */
export function le<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('le', [left, right])
}
/** Greater. */
export function gt<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('gt', [left, right])
}
/** Greater or equal. */
export function ge<A extends ScalarOperand, B extends Like<A>>(left: A, right: B): Truth<A, B> {
  return node('ge', [left, right])
}

/** True if all are; false if one is, whatever else is null. */
export function and<const Args extends readonly [BoolOperand, ...BoolOperand[]]>(
  ...args: Args
): Truth<Args[number]> {
  return node('and', args)
}
/** True if one is, whatever else is null; false if all are. */
export function or<const Args extends readonly [BoolOperand, ...BoolOperand[]]>(
  ...args: Args
): Truth<Args[number]> {
  return node('or', args)
}
/** The opposite; null stays null. */
export function not<A extends BoolOperand>(value: A): Truth<A> {
  return node('not', [value])
}

/** Whether there is no value: never null itself. */
export function isNull(value: Expression): Expression<BoolType, false> {
  return node('isNull', [value])
}
/** Whether there is a value. */
export function isNotNull(value: Expression): Expression<BoolType, false> {
  return node('not', [isNull(value)])
}

/** The first, or the second where the first is null. Both are of the same type. */
export function orElse<A extends Expression, B extends Same<A>>(
  value: A,
  otherwise: B,
): Expression<TypeOf<A>, NullOf<B>> {
  return node('coalesce', [value, otherwise])
}

/** The first that is not null. */
export function coalesce<
  A extends Expression,
  const Others extends readonly Expression<TypeOf<A>>[],
>(first: A, ...others: Others): Expression<TypeOf<A>> {
  return node('coalesce', [first, ...others])
}

/** One value where a condition is true, another where it is false or null. Both are of the same type. */
export function when<A extends Operand, B extends Same<A>>(
  condition: BoolOperand,
  then: A,
  otherwise: B,
): Expression<TypeOf<A>, NullOf<A> | NullOf<B>> {
  return node('when', [condition, then, otherwise])
}

import type { BoolType } from '../fields/bool-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import type { Int64Type } from '../fields/integer-types.ts'
import { requireType } from '../fields/require-type.ts'
import type { StringType } from '../fields/string-type.ts'
import { node } from './columns.ts'
import type { Expression, KindOf, NullOf, ScalarOperand, TextOperand } from './expression.ts'

type Text<A> = Expression<StringType, NullOf<A>>
type Found<A, B> = Expression<BoolType, NullOf<A> | NullOf<B>>

/** A to Z become small; other letters stay as they are. */
export function lower<A extends TextOperand>(text: A): Text<A> {
  return node('lower', [text])
}
/** a to z become capital; other letters stay as they are. */
export function upper<A extends TextOperand>(text: A): Text<A> {
  return node('upper', [text])
}
/** Without spaces, tabs and line ends of ASCII at both ends. */
export function trim<A extends TextOperand>(text: A): Text<A> {
  return node('trim', [text])
}
/** The number of code points. */
export function length<A extends TextOperand>(text: A): Expression<Int64Type, NullOf<A>> {
  return node('length', [text])
}
/** All of them one after the other; null if one is, and where that is longer than a record may be. */
export function concat<const Args extends readonly [TextOperand, ...TextOperand[]]>(
  ...texts: Args
): Text<Args[number]> {
  return node('concat', texts)
}
/** So many code points from a place on, which is counted from 0. */
export function substring<A extends TextOperand>(text: A, start: number, length: number): Text<A> {
  return node('substring', [text], { start, length })
}
/** With each occurrence of a text, from the left, replaced by another. */
export function replace<A extends TextOperand>(text: A, from: string, to: string): Text<A> {
  return node('replace', [text], { from, to })
}
/** Whether a text begins with another. */
export function startsWith<A extends TextOperand, B extends TextOperand>(
  text: A,
  part: B,
): Found<A, B> {
  return node('startsWith', [text, part])
}
/** Whether a text ends with another. */
export function endsWith<A extends TextOperand, B extends TextOperand>(
  text: A,
  part: B,
): Found<A, B> {
  return node('endsWith', [text, part])
}
/** Whether a text holds another. */
export function contains<A extends TextOperand, B extends TextOperand>(
  text: A,
  part: B,
): Found<A, B> {
  return node('contains', [text, part])
}

type Numeric = 'int32' | 'int64' | 'float32' | 'float64'
type CastTo<Kind> = Kind extends 'string'
  ? Numeric | 'bool' | 'timestamp' | 'string'
  : Kind extends 'int32' | 'int64'
    ? Numeric | 'string'
    : Kind extends 'float32' | 'float64'
      ? Numeric
      : Kind extends 'bool'
        ? 'bool' | 'int32' | 'int64' | 'string'
        : 'timestamp' | 'string'

/**
 * The same in another type; null where it cannot be one. Text must be written as a number, as `true` or `false`, or
 * as ISO 8601; floats are cut towards zero; times become canonical text.
 */
export function cast<A extends ScalarOperand, To extends AnyType>(
  value: A,
  type: To & { readonly kind: CastTo<KindOf<A>> },
): Expression<To, NullOf<A>> {
  return node('cast', [value], { to: requireType('cast', type).kind })
}

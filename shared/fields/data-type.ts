import type { Refusal } from './refusal.ts'

/**
 * What a checked value becomes: JSON, and for every value exactly one text by `JSON.stringify`.
 * - string: as it is, without lone surrogates. - bool: true or false.
 * - int32: a number; -0 is 0. - int64: a number if it is a safe integer, else a decimal string.
 * - float32, float64: a finite number; -0 is 0; float32 is rounded to the nearest single.
 * - timestamp: UTC, six digits and `Z` (`2001-01-10T18:20:00.000000Z`), which compares as text.
 * - array: an array without nulls. - map: an object, keys in code-unit order (JavaScript then puts
 *   integer-like keys first), values never null.
 * - struct, and the record itself: an object with every field in schema order, absent ones as null.
 */
export type Canonical =
  | string
  | number
  | boolean
  | null
  | readonly Canonical[]
  | { readonly [key: string]: Canonical }

/** A record that passed its schema: every field in schema order. See {@link Canonical}. */
export interface CanonicalRecord {
  readonly [field: string]: Canonical
}

/** A data type: frozen plain data that carries its own check, so that types nobody uses shake off. */
export interface DataType<Kind extends string = string, In = unknown, Out = unknown> {
  readonly kind: Kind
  /** Gives the canonical value, or why there is none. Null and undefined are the field's business. */
  readonly '~check': (value: unknown) => Canonical | Refusal
  /** Only for inference; never present. */
  readonly '~in'?: In
  /** Only for inference; never present. */
  readonly '~out'?: Out
}

export type AnyType = DataType
/** What may be pushed for a type. */
export type In<T extends AnyType> = NonNullable<T['~in']>
/** What is read back for a type. */
export type Out<T extends AnyType> = NonNullable<T['~out']>

import type { Canonical } from '../fields/data-type.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { parseTimestamp } from '../timestamp.ts'

const decimal = /^-?[1-9]\d{15,}$/

/** Tells whether a stored value can be one of a column of that kind; inside of containers any JSON. */
export function isValueOf(kind: string, value: unknown): value is Canonical {
  switch (kind) {
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'int32':
      return typeof value === 'number' && (value | 0) === value
    case 'int64':
      return isInteger(value) && (typeof value === 'number' || fitsInt64(BigInt(value)))
    case 'float32':
    case 'float64':
      return isFiniteNumber(value)
    case 'timestamp':
      return typeof value === 'string' && parseTimestamp(value) === value
    case 'array':
      return Array.isArray(value) && isCanonical(value)
    default:
      return isPlainObject(value) && isCanonical(value)
  }
}

/** Tells whether a value is a canonical integer of any size: a safe number, or the decimal text of another one. */
export function isInteger(value: unknown): value is number | string {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  return typeof value === 'string' && decimal.test(value) && !Number.isSafeInteger(Number(value))
}

/** Tells whether an integer has 64 bits at most. */
export function fitsInt64(integer: bigint): boolean {
  return BigInt.asIntN(64, integer) === integer
}

/** Tells whether a value is a number that JSON can write. */
export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Tells whether a value counts something: a whole number of at least `least`. */
export function isCount(value: unknown, least = 0): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}

/** The error for a state that cannot have been stored so. */
export function damaged(what: string, value: unknown): TypeError {
  return new TypeError(`Expected the state of ${what} but received ${describe(value)}.`)
}

/** The nearest number of a canonical number or Int64. Throws a TypeError for any other value. */
export function numberOf(value: Canonical): number {
  const number = typeof value === 'string' ? Number(value) : value
  // Adding zero turns -0 into 0, which JSON cannot tell apart.
  if (isFiniteNumber(number)) return number + 0
  throw new TypeError(`Expected a number but received ${describe(value)}.`)
}

function isCanonical(value: unknown): value is Canonical {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value)
      ? value.every(isCanonical)
      : isPlainObject(value) && Object.values(value).every(isCanonical)
  }
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    isFiniteNumber(value)
  )
}

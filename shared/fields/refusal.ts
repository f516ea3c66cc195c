import type { RecordCode } from '../error-codes.ts'
import { isPlainObject } from './plain-object.ts'
import { shorten } from './text.ts'

/** Why a value was refused: what a type's check gives instead of a canonical value. */
export class Refusal {
  readonly code: RecordCode
  readonly expected: string
  /** A short text, never the whole value. */
  readonly received: string
  /** Keys and indexes that lead to the refused value. */
  readonly path: readonly (string | number)[]

  constructor(
    code: RecordCode,
    expected: string,
    received: string,
    path: readonly (string | number)[] = [],
  ) {
    this.code = code
    this.expected = expected
    this.received = received
    this.path = path
    Object.freeze(this)
  }
}

/** Refuses a value, which is described in a few characters and never walked. */
export function refuse(code: RecordCode, expected: string, value: unknown): Refusal {
  return new Refusal(code, expected, describe(value))
}

/** Gives the same refusal as seen from the container that holds the value under `key`. */
export function refusedUnder(key: string | number, refusal: Refusal): Refusal {
  const { code, expected, received, path } = refusal
  return new Refusal(code, expected, received, [key, ...path])
}

/** Describes any value in a few characters, for messages. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(shorten(value, 40))
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return describeBigint(value)
    case 'boolean':
    case 'undefined':
    case 'symbol':
      return shorten(String(value), 40)
    case 'function':
      return 'a function'
    default:
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'an array'
      return isPlainObject(value) ? 'an object' : 'an instance of a class'
  }
}

function describeBigint(value: bigint): string {
  // Writing a bigint out takes quadratic time.
  return BigInt.asIntN(128, value) === value ? String(value) : 'a huge integer'
}

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
  readonly path: (string | number)[] = []

  constructor(code: RecordCode, expected: string, received: string) {
    this.code = code
    this.expected = expected
    this.received = received
  }
}

/** Refuses a value, which is described in a few characters and never walked. */
export function refuse(expected: string, value: unknown, code: RecordCode = 'wrong_type'): Refusal {
  return new Refusal(code, expected, describe(value))
}

/** Notes in a refusal on its way up that the container held the value under `key`, and gives it. */
export function refusedUnder(key: string | number, refusal: Refusal): Refusal {
  refusal.path.unshift(key)
  return refusal
}

/** Describes any value in a few characters, for messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, 40))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (isPlainObject(value)) return 'an object'
  if (typeof value === 'object' && value !== null) return 'an instance of a class'
  // Writing a bigint out takes quadratic time.
  if (typeof value === 'bigint' && BigInt.asIntN(128, value) !== value) return 'a huge integer'
  return value === undefined ? 'nothing' : shorten(String(value), 40)
}

import { microsOf } from '../../shared/timestamp.ts'
import type { ScalarName } from './nested-type.ts'

/** An INT64 on its way into a column: a number where that is exact, which costs a fifth of a bigint. */
export type Wide = number | bigint

/** Turns a scalar's canonical values into what flat columns take; null stays null. */
export function toFlat(name: ScalarName): (value: unknown) => unknown {
  if (name === 'timestamp') return microsReader()
  return name === 'int64' ? exactInteger : value => value ?? null
}

function exactInteger(value: unknown): Wide | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string') return narrow(BigInt(value))
  throw new TypeError('A stored integer is no integer.')
}

function narrow(value: bigint): Wide {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/**
 * Reads canonical timestamps as microseconds since 1970. Most records follow one of the same minute: its
 * start is kept, and only seconds and fraction are read.
 */
function microsReader(): (value: unknown) => Wide | null {
  let minute = ''
  let start = 0
  return value => {
    if (value === null || value === undefined) return null
    const text = String(value)
    const fraction = text.length === 27 ? secondsOf(text) : Number.NaN
    // What is not of this shape, or far from today, takes the exact way, which refuses what is no timestamp.
    if (Number.isNaN(fraction)) return narrow(microsOf(text))
    if (!text.startsWith(minute) || minute === '') {
      const exact = narrow(microsOf(`${text.slice(0, 16)}:00.000000Z`))
      if (typeof exact === 'bigint' || !Number.isSafeInteger(exact + 60_000_000)) {
        return narrow(microsOf(text))
      }
      minute = text.slice(0, 16)
      start = exact
    }
    return start + fraction
  }
}

/** Microseconds of `:ss.ffffffZ` at the end of a canonical timestamp, or NaN for any other text. */
function secondsOf(text: string): number {
  if (text[16] !== ':' || text[19] !== '.' || text[26] !== 'Z') return Number.NaN
  const seconds = digits(text, 17, 19)
  return seconds <= 59 ? seconds * 1_000_000 + digits(text, 20, 26) : Number.NaN
}

function digits(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

import type { Canonical } from '../fields/data-type.ts'
import { type DoubleDouble, dividedBy, plus, twoSum } from './double-double.ts'
import { isFiniteNumber, numberOf } from './read-value.ts'
import { maxNumberBytes } from './state-size.ts'

/**
 * A sum of numbers in about 106 bits, and by which scale it is kept: 0 as it is, 1 by 2^-128, once a value was so
 * large that the sum could pass the doubles on the way. It errs by at most n · 2^-105 of the sum of the absolute
 * values, whatever their order; whole numbers are exact below 2^106.
 */
export type WideSum = readonly [high: number, low: number, scale: 0 | 1]

export const maxWideSumBytes = 2 * maxNumberBytes + 5

/** From here on values are scaled: 2^53 of them stay below 2^953. */
const largeFrom = 2 ** 900
const shrink = 2 ** -128

/** The sum of one value: a number, or the text of an Int64, exactly. */
export function wideOf(value: Canonical): WideSum {
  const [high, low] = exactly(value)
  return isLarge(high) ? [high * shrink, 0, 1] : [high, low, 0]
}

/** The sum with one more value. */
export function addValue(sum: WideSum, value: Canonical): WideSum {
  if (typeof value !== 'number' || sum[2] === 1 || isLarge(value)) {
    return addWide(sum, wideOf(value))
  }
  // What `plus` does where the second's low part is zero, written out: most folds come here.
  const number = value + 0
  const high = sum[0] + number
  const part = high - sum[0]
  const rest = sum[0] - (high - part) + (number - part) + sum[1]
  const total = high + rest
  return [total, rest - (total - high), 0]
}

/** The sum of both sides' values. */
export function addWide(a: WideSum, b: WideSum): WideSum {
  const scale = a[2] > b[2] ? a[2] : b[2]
  const [high, low] = plus(scaledTo(a, scale), scaledTo(b, scale))
  return [high, low, scale]
}

/** The sum divided by a count, rounded once; infinite where no double is so large. */
export function quotientOf(sum: WideSum, count: number): number {
  const quotient = count === 1 ? sum[0] : dividedBy([sum[0], sum[1]], count)[0]
  return sum[2] === 1 ? quotient / shrink : quotient
}

/** Tells whether a stored value can be a sum. */
export function isWideSum(value: unknown): value is WideSum {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [high, low, scale]: readonly unknown[] = value
  // What is rounded to the nearest double stays so when it is rounded again.
  return (
    isFiniteNumber(high) &&
    isFiniteNumber(low) &&
    high + low === high &&
    (scale === 0 || scale === 1)
  )
}

/** A number, or the text of an Int64, as the sum of two doubles. */
export function exactly(value: Canonical): DoubleDouble {
  const number = numberOf(value)
  return typeof value === 'string' ? [number, Number(BigInt(value) - BigInt(number))] : [number, 0]
}

function scaledTo([high, low, scale]: WideSum, wanted: 0 | 1): DoubleDouble {
  // What gets lost is below 2^-946, beside a value of at least 2^900.
  return scale === wanted ? [high, low] : twoSum(high * shrink + 0, low * shrink + 0)
}

function isLarge(value: number): boolean {
  return value >= largeFrom || value <= -largeFrom
}

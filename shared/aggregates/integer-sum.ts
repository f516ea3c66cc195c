import type { Canonical } from '../fields/data-type.ts'
import type { Aggregate } from './aggregate.ts'
import { damaged, fitsInt64, isInteger } from './read-value.ts'

/** A safe integer, or the decimal text of any other one. */
type IntegerSum = number | string

/** 2^53 values of 63 bits are 116 bits: 35 digits, a sign and two quotes. */
const maxSumBytes = 38

/**
 * The exact sum of Int32 or Int64 values; null beyond Int64. On the way it may pass Int64 and come back,
 * so order never matters.
 */
export const integerSum: Aggregate<IntegerSum> = {
  fold: (state, value) => {
    const integer = integerOf(value)
    return state === undefined ? integer : add(state, integer)
  },
  merge: add,
  finish: state => {
    if (state === undefined || typeof state === 'number') return state ?? null
    return fitsInt64(BigInt(state)) ? state : null
  },
  read: value => {
    if (isInteger(value)) return value
    throw damaged('a sum of integers', value)
  },
  sizeOf: state => (typeof state === 'number' ? 17 : state.length + 2),
  maxBytes: maxSumBytes,
}

function integerOf(value: Canonical): IntegerSum {
  if (typeof value === 'number' || typeof value === 'string') return value
  throw damaged('an integer', value)
}

function add(a: IntegerSum, b: IntegerSum): IntegerSum {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    // Rounding never makes an unsafe sum safe.
    if (Number.isSafeInteger(sum)) return sum
  }
  const sum = BigInt(a) + BigInt(b)
  const number = Number(sum)
  return Number.isSafeInteger(number) ? number : String(sum)
}

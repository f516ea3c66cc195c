import type { Aggregate } from './aggregate.ts'
import { damaged, isFiniteNumber } from './read-value.ts'
import {
  addValue,
  addWide,
  isWideSum,
  maxWideSumBytes,
  quotientOf,
  type WideSum,
  wideOf,
} from './wide-sum.ts'

/** The sum of floats; null beyond Float64. For its tolerance see {@link WideSum}. */
export const floatSum: Aggregate<WideSum> = {
  fold: (state, value) => (state === undefined ? wideOf(value) : addValue(state, value)),
  merge: addWide,
  finish: state => {
    const sum = state === undefined ? null : quotientOf(state, 1)
    return isFiniteNumber(sum) ? sum : null
  },
  read: value => {
    if (isWideSum(value)) return value
    throw damaged('a sum of floats', value)
  },
  sizeOf: () => maxWideSumBytes,
  maxBytes: maxWideSumBytes,
}

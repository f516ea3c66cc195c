import type { Aggregate } from './aggregate.ts'
import { damaged, isCount } from './read-value.ts'
import {
  addValue,
  addWide,
  isWideSum,
  maxWideSumBytes,
  quotientOf,
  type WideSum,
  wideOf,
} from './wide-sum.ts'

type MeanState = readonly [count: number, sum: WideSum]

const maxMeanBytes = maxWideSumBytes + 19

/**
 * The mean of numbers. For its tolerance see {@link WideSum}: that of the sum, divided by the count; so the mean of
 * integers is the nearest double, as good as always. It never passes Float64, also where the sum would.
 */
export const mean: Aggregate<MeanState> = {
  fold: (state, value) =>
    state === undefined ? [1, wideOf(value)] : [state[0] + 1, addValue(state[1], value)],
  merge: (a, b) => [a[0] + b[0], addWide(a[1], b[1])],
  finish: state => (state === undefined ? null : quotientOf(state[1], state[0])),
  read: value => {
    if (isMean(value)) return value
    throw damaged('a mean', value)
  },
  sizeOf: () => maxMeanBytes,
  maxBytes: maxMeanBytes,
}

function isMean(value: unknown): value is MeanState {
  return Array.isArray(value) && value.length === 2 && isCount(value[0], 1) && isWideSum(value[1])
}

import type { Canonical } from '../fields/data-type.ts'
import type { Aggregate } from './aggregate.ts'
import { dividedBy, plus, squareOf, twoSquare } from './double-double.ts'
import { damaged, isCount, isFiniteNumber } from './read-value.ts'
import { maxNumberBytes } from './state-size.ts'
import { exactly } from './wide-sum.ts'

/** How many values, their scale, and the sums of the scaled values and of their squares. */
type Moments = readonly [
  count: number,
  scale: Scale,
  high: number,
  low: number,
  squareHigh: number,
  squareLow: number,
]

/** 0 while all values are below 2^-480, 2 once one is at least 2^480: so squares never pass the doubles. */
type Scale = 0 | 1 | 2

const factors = [2 ** 900, 1, 2 ** -544] as const
const smallBelow = 2 ** -480
const largeFrom = 2 ** 480

const maxMomentsBytes = 4 * maxNumberBytes + 24

/** Which of the four: the population's or the sample's, its square root or not. */
interface Spread {
  readonly ofSample: boolean
  readonly root: boolean
}

/**
 * The variance or standard deviation of numbers, from their sums and the sums of their squares in about 106 bits:
 * the variance errs by at most (n + 4) · 2^-102 of the mean square, whatever the order of the values; within that
 * it is zero. Of one value that of the sample is null, as is what passes Float64.
 */
export function variance({ ofSample, root }: Spread): Aggregate<Moments> {
  return {
    fold: (state, value) => {
      const moments = momentsOf(value)
      return state === undefined ? moments : add(state, moments)
    },
    merge: add,
    finish: state => {
      if (state === undefined || (ofSample && state[0] === 1)) return null
      const [count, scale] = state
      const population = spreadOf(state)
      const scaled = ofSample ? population * (count / (count - 1)) : population
      const factor = factors[scale]
      const result = root ? Math.sqrt(scaled) / factor : scaled / factor / factor
      return isFiniteNumber(result) ? result : null
    },
    read: value => {
      if (isMoments(value)) return value
      throw damaged('a variance', value)
    },
    sizeOf: () => maxMomentsBytes,
    maxBytes: maxMomentsBytes,
  }
}

function momentsOf(value: Canonical): Moments {
  const number = exactly(value)
  const size = Math.abs(number[0])
  const scale = size < smallBelow ? 0 : size < largeFrom ? 1 : 2
  const high = number[0] * factors[scale]
  const low = number[1] * factors[scale]
  const square = low === 0 ? twoSquare(high) : squareOf([high, low])
  return [1, scale, high, low, square[0], square[1]]
}

function add(a: Moments, b: Moments): Moments {
  const scale = a[1] > b[1] ? a[1] : b[1]
  const left = a[1] === scale ? a : scaledTo(a, scale)
  const right = b[1] === scale ? b : scaledTo(b, scale)
  // By index: taking a state apart and putting it together again would be most of what a fold costs.
  const sum = plus([left[2], left[3]], [right[2], right[3]])
  const squares = plus([left[4], left[5]], [right[4], right[5]])
  return [left[0] + right[0], scale, sum[0], sum[1], squares[0], squares[1]]
}

/** The same by a larger scale. What gets lost is far below the value that asked for the scale. */
function scaledTo([count, from, ...sums]: Moments, scale: Scale): Moments {
  const factor = factors[scale] / factors[from]
  const [high, low, squareHigh, squareLow] = sums
  return [
    count,
    scale,
    high * factor + 0,
    low * factor + 0,
    squareHigh * factor * factor + 0,
    squareLow * factor * factor + 0,
  ]
}

/** The scaled variance of the population: the mean of the squares without the square of the mean. */
function spreadOf([count, , high, low, squareHigh, squareLow]: Moments): number {
  const meanSquare = dividedBy([squareHigh, squareLow], count)
  const [squaredMean, rest] = squareOf(dividedBy([high, low], count))
  const [spread] = plus(meanSquare, [-squaredMean, -rest])
  return spread <= meanSquare[0] * (count + 4) * 2 ** -103 ? 0 : spread
}

function isMoments(value: unknown): value is Moments {
  if (!Array.isArray(value) || value.length !== 6) return false
  const [count, scale, ...sums]: readonly unknown[] = value
  if (!isCount(count, 1) || (scale !== 0 && scale !== 1 && scale !== 2)) return false
  const [high, low, squareHigh, squareLow] = sums
  return isSum(high, low) && isSum(squareHigh, squareLow) && squareHigh !== undefined
}

function isSum(high: unknown, low: unknown): boolean {
  const sum: readonly unknown[] = [high, low]
  return sum.every(isFiniteNumber)
}

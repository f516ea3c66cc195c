import type { Aggregate } from './aggregate.ts'
import {
  type Digest,
  digestOf,
  maxEntries,
  mergeDigests,
  quantileAt,
  scaleOf,
  valueAt,
} from './digest.ts'
import { damaged, isCount, isFiniteNumber, numberOf } from './read-value.ts'
import { maxNumberBytes } from './state-size.ts'

/** The digits of 2^53. */
const maxWeightBytes = 16

/** How many steps of the scale a percentile may be off. */
const maxSteps = 3

/**
 * How far the rank of a percentile may be off: the result lies between the exact quantiles at `quantile` minus and
 * plus this. It is tested, not proven, as no bound is known for digests that are merged again and again: the worst of
 * some 25,000 hostile inputs and orders of merging took 2.3 steps.
 */
export function percentileRankError(quantile: number, precision: number): number {
  const place = scaleOf(quantile, precision)
  return Math.max(
    quantile - quantileAt(place - maxSteps, precision),
    quantileAt(place + maxSteps, precision) - quantile,
  )
}

/**
 * The value below which a share of the numbers lies, from a t-digest whose compression is the precision (20 to 500);
 * exact up to twice as many values as that, see {@link percentileRankError} for more. Int64s count as their nearest
 * doubles. Order and merging may change the result within the bound.
 */
export function percentileOf(percentile: number, precision: number): Aggregate<Digest> {
  const maxBytes = maxEntries(precision) * (maxNumberBytes + 1 + maxWeightBytes + 1) + 7
  return {
    fold: (state, value) => {
      const one = digestOf(numberOf(value))
      return state === undefined ? one : mergeDigests(state, one, precision)
    },
    merge: (a, b) => mergeDigests(a, b, precision),
    finish: state => (state === undefined ? null : valueAt(state, percentile) + 0),
    read: value => {
      if (isDigest(value, precision)) return value
      throw damaged('a percentile', value)
    },
    sizeOf: ([centroids, values]) => 7 + centroids.length * 14 + values.length * 20,
    maxBytes,
  }
}

function isDigest(value: unknown, precision: number): value is Digest {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [centroids, values]: readonly unknown[] = value
  if (!Array.isArray(centroids) || !Array.isArray(values)) return false
  const entries = centroids.length / 2 + values.length
  return (
    entries >= 1 &&
    entries <= maxEntries(precision) &&
    values.every(isFiniteNumber) &&
    areCentroids(centroids)
  )
}

function areCentroids(centroids: readonly unknown[]): boolean {
  let before = Number.NEGATIVE_INFINITY
  for (let at = 0; at < centroids.length; at += 2) {
    const [mean, weight] = [centroids[at], centroids[at + 1]]
    if (!isFiniteNumber(mean) || mean < before || !isCount(weight, 1)) return false
    before = mean
  }
  return true
}

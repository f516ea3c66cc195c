/**
 * A t-digest: centroids in ascending order, each a mean and the number of values it stands for, one after the other;
 * and values that are in none yet, in any order. The least and the greatest of all values are always alone.
 * Source: T. Dunning, O. Ertl, "Computing extremely accurate quantiles using t-digests", 2019: the merging digest
 * by the scale k1.
 */
export type Digest = readonly [centroids: readonly number[], values: readonly number[]]

/** The digest of one value. */
export function digestOf(value: number): Digest {
  return [[], [value]]
}

/** How many centroids and single values there are at most: up to so many values all are kept as they are. */
export function maxEntries(precision: number): number {
  return 2 * precision
}

/** The digest of both sides' values. */
export function mergeDigests(a: Digest, b: Digest, precision: number): Digest {
  const values = a[1].concat(b[1])
  const centroids = inOrder(a[0], b[0])
  // The fewer times centroids are joined with others that overlap them, the better.
  if (centroids.length / 2 + values.length <= maxEntries(precision)) return [centroids, values]
  return [compress(inOrder(centroids, alone(values)), precision), []]
}

/** The value at a quantile (0 to 1), between two values or centroids by the line that joins them. */
export function valueAt([centroids, values]: Digest, quantile: number): number {
  const all = inOrder(centroids, alone(values))
  const wanted = quantile * (weightOf(all) - 1)
  let [before, place, seen] = [all[0] ?? 0, 0, 0]
  for (let at = 0; at < all.length; at += 2) {
    const [mean = 0, weight = 0] = [all[at], all[at + 1]]
    const middle = seen + (weight - 1) / 2
    if (middle >= wanted) {
      return middle === wanted ? mean : between(before, mean, (wanted - place) / (middle - place))
    }
    before = mean
    place = middle
    seen += weight
  }
  return before
}

/** Where a quantile is on the scale k1: one centroid covers a step of 1 at most, all are half the precision. */
export function scaleOf(quantile: number, precision: number): number {
  return (precision / (2 * Math.PI)) * Math.asin(2 * Math.min(1, Math.max(0, quantile)) - 1)
}

/** The quantile at a place of the scale. */
export function quantileAt(place: number, precision: number): number {
  const angle = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, (2 * Math.PI * place) / precision))
  return (Math.sin(angle) + 1) / 2
}

/** Each value as a centroid, in ascending order. */
function alone(values: readonly number[]): number[] {
  const centroids: number[] = []
  for (const value of Float64Array.from(values).sort()) centroids.push(value, 1)
  return centroids
}

/** The centroids of both in ascending order. */
function inOrder(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const both: number[] = []
  let [left, right] = [0, 0]
  while (left < a.length || right < b.length) {
    const first = right >= b.length || (a[left] ?? Number.POSITIVE_INFINITY) <= (b[right] ?? 0)
    if (first) both.push(a[left] ?? 0, a[left + 1] ?? 0)
    else both.push(b[right] ?? 0, b[right + 1] ?? 0)
    if (first) left += 2
    else right += 2
  }
  return both
}

/** Joins neighbours, but the least and the greatest, as long as they cover a step of the scale at most. */
function compress(all: readonly number[], precision: number): number[] {
  const total = weightOf(all)
  const kept = [all[0] ?? 0, all[1] ?? 0]
  const last = all.length - 2
  // What was kept before the centroid that grows, and how far it may grow.
  let [seen, bound] = [0, 0]
  for (let at = 2; at <= last; at += 2) {
    const end = kept.length - 2
    const [mean = 0, weight = 0] = [all[at], all[at + 1]]
    const [grownMean = 0, grown = 0] = [kept[end], kept[end + 1]]
    if (at < last && seen + grown + weight <= bound) {
      kept[end] = meanOf(grownMean, mean, weight / (grown + weight))
      kept[end + 1] = grown + weight
    } else {
      seen += grown
      bound = total * quantileAt(scaleOf(seen / total, precision) + 1, precision)
      kept.push(mean, weight)
    }
  }
  return kept
}

function weightOf(centroids: readonly number[]): number {
  let total = 0
  for (let at = 1; at < centroids.length; at += 2) total += centroids[at] ?? 0
  return total
}

/**
 * The mean of two centroids, `share` being the weight of the greater. Where one is many times the other it is that of
 * their logarithms: the plain mean would be that of the larger value alone, and what comes next between them would be
 * put on its wrong side, again and again.
 */
function meanOf(a: number, b: number, share: number): number {
  const near =
    Math.sign(a) === Math.sign(b) && Math.abs(a) < 2 * Math.abs(b) && Math.abs(b) < 2 * Math.abs(a)
  if (near) return between(a, b, share)
  const height = between(heightOf(a), heightOf(b), share)
  const mean = Math.sign(height) * 2 ** (Math.abs(height) - 1075) + 0
  return Math.min(b, Math.max(a, mean))
}

/** The logarithm of a number's size above the least one, with its sign. */
function heightOf(value: number): number {
  return value === 0 ? 0 : Math.sign(value) * (Math.log2(Math.abs(value)) + 1075)
}

/** The number that is `share` of the way from `a` up to `b`; never beyond, nor infinite. */
function between(a: number, b: number, share: number): number {
  const way = b - a
  const number = Number.isFinite(way) ? a + way * share : a * (1 - share) + b * share
  return Math.min(b, Math.max(a, number))
}

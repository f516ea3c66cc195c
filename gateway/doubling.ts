/**
 * Partitions and shards are powers of two and only double: number n of 2N takes half of what n mod N had.
 */

/** The count that first had this number: the power of two above it. */
export function firstCountOf(number: number): number {
  let count = 1
  while (count <= number) count *= 2
  return count
}

/** The number that had this one's half before its first count; nothing for 0, which had all. */
export function parentOf(number: number): number | undefined {
  return number === 0 ? undefined : number - firstCountOf(number) / 2
}

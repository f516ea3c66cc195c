import { murmur3 } from '../../shared/murmur3.ts'

/** The partition that a producer's requests go to, of a power of two of them: the same for ever at one count. */
export function partitionOf(producer: string, partitions: number): number {
  return murmur3(producer) & (partitions - 1)
}

/** The count that first had this partition: counts only double, so it is the power of two above it. */
export function firstCountOf(partition: number): number {
  let count = 1
  while (count <= partition) count *= 2
  return count
}

/** The partition that had this one's producers before its count; nothing for the first, which had all. */
export function parentOf(partition: number): number | undefined {
  return partition === 0 ? undefined : partition - firstCountOf(partition) / 2
}

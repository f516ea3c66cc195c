import { murmur3 } from '../../shared/murmur3.ts'

/** The partition that a producer's requests go to, of a power of two of them: the same for ever at one count. */
export function partitionOf(producer: string, partitions: number): number {
  return murmur3(producer) & (partitions - 1)
}

import * as v from 'valibot'
import type { Cut } from '../../shared/cut.ts'

/** A part as the gateway lists it: one Parquet file of a partition's records `[start, end)`. */
export const partSchema = v.object({
  name: v.string(),
  partition: v.number(),
  start: v.number(),
  end: v.number(),
  rows: v.number(),
  bytes: v.number(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})
export type ListedPart = v.InferOutput<typeof partSchema>

/** Parts that hold each record of a source once, and how far they reach. */
export interface PartChain {
  readonly parts: readonly ListedPart[]
  /** The last offset that is in parts, of each partition that has any. */
  readonly marks: Cut
  /** Partitions whose first records are gone, by retention. */
  readonly expired: readonly number[]
}

/**
 * Holds a list of parts to be a chain of each partition's offsets without gap or overlap; nothing where it is none,
 * which happens where parts are put together between two pages of the list.
 */
export function partChain(listed: readonly ListedPart[]): PartChain | undefined {
  const parts = listed.toSorted((a, b) => a.partition - b.partition || a.start - b.start)
  const reached = new Map<number, number>()
  const expired: number[] = []
  for (const { partition, start, end } of parts) {
    const before = reached.get(partition)
    if (before === undefined && start > 0) expired.push(partition)
    if ((before !== undefined && before !== start) || end <= start) return undefined
    reached.set(partition, end)
  }
  const marks = [...reached].map(([partition, end]) => ({ partition, upTo: end - 1 }))
  return { parts, marks, expired }
}

/** The parts that hold records at or under a cut. */
export function partsWithin({ parts }: PartChain, cut: Cut): readonly ListedPart[] {
  const upTo = new Map(cut.map(at => [at.partition, at.upTo]))
  return parts.filter(({ partition, start }) => start <= (upTo.get(partition) ?? -1))
}

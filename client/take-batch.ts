import * as limits from '../shared/wire-limits.ts'
import type { Pending } from './pending.ts'

/** Bytes around the records of a body, around each record and around each source's name: never too few. */
const bodyBytes = 256
const recordBytes = 48
const sourceBytes = 48

/**
 * Gives the first of those that wait, as many as one request may carry, and its bytes, never too few: one
 * producer, the limits of the wire, `maxRecords`, `maxBytes`; never less than one record, however large.
 */
export function takeBatch<P extends Pick<Pending, 'entry'> & Partial<Pick<Pending, 'flight'>>>(
  unsettled: Iterable<P>,
  maxRecords: number,
  maxBytes: number,
): { batch: P[]; bytes: number } {
  const sources = new Set<string>()
  const batch: P[] = []
  let bytes = bodyBytes
  for (const pending of unsettled) {
    if (pending.flight) continue
    const { source, producer, bytes: own } = pending.entry
    const name = sources.has(source) ? 0 : 2 * source.length + sourceBytes
    sources.add(source)
    const grown = bytes + own + recordBytes + name
    if (
      batch[0] &&
      (batch.length >= maxRecords ||
        grown > maxBytes ||
        sources.size > limits.maxSourcesPerRequest ||
        producer !== batch[0].entry.producer)
    )
      break
    bytes = grown
    batch.push(pending)
  }
  return { batch, bytes }
}

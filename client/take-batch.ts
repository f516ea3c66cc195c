import * as limits from '../shared/wire-limits.ts'
import type { OutboxEntry } from './outbox.ts'

/** Bytes around the records of a body, around each record and around each source's name: never too few. */
const bodyBytes = 256
const recordBytes = 48
const sourceBytes = 48

/**
 * Gives the longest prefix that one request may carry: one producer, the limits of the wire, `maxBytes`; never
 * less than one record. Must be a prefix of all that is unsettled, in order: then the batch's lowest sequence
 * of a source is its lowest unsettled one, the source's floor.
 */
export function takeBatch<P extends { readonly entry: OutboxEntry }>(
  unsettled: readonly P[],
  maxBytes: number,
): P[] {
  const sources = new Set<string>()
  let bytes = bodyBytes
  const end = unsettled.findIndex(({ entry }, index) => {
    bytes += entry.bytes + recordBytes
    if (!sources.has(entry.source)) bytes += 2 * entry.source.length + sourceBytes
    sources.add(entry.source)
    return (
      index > 0 &&
      (bytes > maxBytes ||
        sources.size > limits.maxSourcesPerRequest ||
        entry.producer !== unsettled[0]?.entry.producer)
    )
  })
  return unsettled.slice(0, end < 0 ? unsettled.length : end)
}

import * as limits from '../shared/wire-limits.ts'
import type { OutboxEntry } from './outbox.ts'

/** Bytes around the records of a body, around each record and around each source's name: never too few. */
const bodyBytes = 256
const recordBytes = 48
const sourceBytes = 48

/**
 * Gives the longest prefix that one request may carry, and its bytes, never too few: one producer, the limits of
 * the wire, `maxBytes`; never less than one record, however large, if there is one.
 */
export function takeBatch<P extends { readonly entry: OutboxEntry }>(
  waiting: readonly P[],
  maxBytes: number,
): { batch: P[]; bytes: number } {
  const sources = new Set<string>()
  const batch: P[] = []
  let bytes = bodyBytes
  for (const pending of waiting) {
    const { source, producer, bytes: own } = pending.entry
    const name = sources.has(source) ? 0 : 2 * source.length + sourceBytes
    sources.add(source)
    const grown = bytes + own + recordBytes + name
    if (
      batch[0] &&
      (grown > maxBytes ||
        sources.size > limits.maxSourcesPerRequest ||
        producer !== batch[0].entry.producer)
    )
      break
    bytes = grown
    batch.push(pending)
  }
  return { batch, bytes }
}

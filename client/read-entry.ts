import { producerPattern } from '../shared/ingest-protocol.ts'
import { utf8Length } from '../shared/utf8-length.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * Gives the entry that a stored value holds, or nothing where it holds none: one damaged record would have the
 * gateway refuse its whole batch. O(bytes).
 */
export function readEntry(value: unknown): OutboxEntry | undefined {
  const { producer, source, sequence, text, attemptedAtMs }: { readonly [name: string]: unknown } =
    Object(value)
  if (
    typeof producer !== 'string' ||
    !producerPattern.test(producer) ||
    typeof source !== 'string' ||
    typeof sequence !== 'number' ||
    !Number.isSafeInteger(sequence) ||
    sequence < 0 ||
    typeof text !== 'string' ||
    !isRecord(text) ||
    !(attemptedAtMs === undefined || typeof attemptedAtMs === 'number')
  )
    return
  const entry = { producer, source, sequence, text, bytes: utf8Length(text) }
  return attemptedAtMs === undefined ? entry : { ...entry, attemptedAtMs }
}

function isRecord(text: string): boolean {
  try {
    return text.startsWith('{') && !!JSON.parse(text)
  } catch {
    return false
  }
}

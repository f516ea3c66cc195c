import type { OutboxEntry } from './outbox.ts'
import { keyOf } from './pending.ts'

/** An entry in an outbox. */
export interface Held {
  /** Gains its `attemptedAtMs` when it first leaves. */
  entry: OutboxEntry
  /** Its place among the entries of its producer. */
  readonly order: number
  /** Whether it is, or was, anywhere but here; what is known of it now may not be. */
  isSaved?: boolean
  /** Whether another client owns it now. */
  isLost?: boolean
}

export interface OutboxBounds {
  readonly maxRecords?: number
  /** UTF-8 bytes of the records' texts. */
  readonly maxBytes?: number
}

/** Holds entries in the order of their `append`, within bounds. Each call but `all` costs O(1). */
export function heldEntries({ maxRecords = 100_000, maxBytes = 33_554_432 }: OutboxBounds = {}) {
  const held = new Map<string, Held>()
  let bytes = 0
  let count = 0

  /** Holds an entry whatever the bounds say: it is older than they are, or left already. */
  function hold(entry: OutboxEntry, order = count++): Held {
    const added = { entry, order }
    held.set(keyOf(entry), added)
    bytes += entry.bytes
    return added
  }

  return {
    hold,
    all: () => [...held.values()],
    get: (entry: OutboxEntry) => held.get(keyOf(entry)),
    /** Throws where the bounds leave no room: what is refused never left. */
    append(entry: OutboxEntry): Held {
      if (held.size >= maxRecords || bytes + entry.bytes > maxBytes)
        throw new Error(`The outbox holds ${held.size} records of ${bytes} bytes: it is full`)
      return hold(entry)
    },
    /** Gives what it held. */
    remove(entry: OutboxEntry): Held | undefined {
      const removed = held.get(keyOf(entry))
      if (removed && held.delete(keyOf(entry))) bytes -= removed.entry.bytes
      return removed
    },
  }
}

import type { Outbox, OutboxEntry } from './outbox.ts'

/** Gives an outbox that lives as long as the object; a record beyond `maxBytes` of text is refused. */
export function memoryOutbox({ maxBytes = 33_554_432 } = {}): Outbox {
  const unsettled = new Map<string, OutboxEntry>()
  let bytes = 0
  return {
    load: () => [...unsettled.values()],
    append(entry) {
      if (bytes + entry.bytes > maxBytes)
        throw new Error(`The outbox holds ${bytes} bytes: it is full`)
      unsettled.set(keyOf(entry), entry)
      bytes += entry.bytes
    },
    attempt(entries) {
      for (const entry of entries) unsettled.set(keyOf(entry), entry)
    },
    settle(entries) {
      for (const entry of entries) if (unsettled.delete(keyOf(entry))) bytes -= entry.bytes
    },
  }
}

function keyOf({ producer, source, sequence }: OutboxEntry): string {
  return `${producer} ${source} ${sequence}`
}

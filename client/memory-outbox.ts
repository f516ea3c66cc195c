import { heldEntries, type OutboxBounds } from './held-entries.ts'
import type { Outbox } from './outbox.ts'

/** Gives an outbox that lives as long as the object; a record beyond its bounds is refused. */
export function memoryOutbox(bounds?: OutboxBounds): Outbox {
  const held = heldEntries(bounds)
  return {
    load: () => held.all().map(({ entry }) => entry),
    append(entry) {
      held.append(entry)
    },
    attempt(entries) {
      for (const entry of entries) {
        const known = held.get(entry)
        if (known) known.entry = entry
      }
    },
    settle(entries) {
      for (const entry of entries) held.remove(entry)
    },
  }
}

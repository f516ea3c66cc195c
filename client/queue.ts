import type { OutboxEntry } from './outbox.ts'
import type { Receipt } from './receipt.ts'

/** An unsettled record and its pusher, who waits. */
export interface Pending {
  /** Gains its `attemptedAtMs` when it first leaves. */
  entry: OutboxEntry
  readonly accepted: Promise<Receipt>
  readonly resolve: (receipt: Receipt) => void
  /** Resolves, never rejects, when an outbox that takes its time has kept or refused the entry. */
  kept?: Promise<void>
  settled: boolean
}

export function pendingOf(entry: OutboxEntry): Pending {
  let resolve: Pending['resolve'] = () => {}
  const accepted = new Promise<Receipt>(settle => {
    resolve = settle
  })
  return { entry, accepted, resolve, settled: false }
}

/**
 * Holds what is unsettled in the order of the pushes, also while it is in flight. Adding and giving back cost
 * O(1) a record, amortised; only `all` and `prepend` touch the whole queue.
 */
export function createQueue() {
  let items: Pending[] = []
  let head = 0
  let bytes = 0
  return {
    size: () => items.length - head,
    bytes: () => bytes,
    all: () => items.slice(head),
    first: (count: number) => items.slice(head, head + count),
    add(pending: Pending) {
      items.push(pending)
      bytes += pending.entry.bytes
    },
    /** Puts what an earlier client left before all that was pushed since. */
    prepend(earlier: readonly Pending[]) {
      items = [...earlier, ...items.slice(head)]
      head = 0
      for (const { entry } of earlier) bytes += entry.bytes
    },
    /** Takes the settled ones out of the first `count`; the others keep their places. */
    release(count: number) {
      const end = head + count
      head = end
      for (let place = end - 1; place >= end - count; place -= 1) {
        const pending = items[place]
        if (!pending) continue
        if (pending.settled) bytes -= pending.entry.bytes
        else items[--head] = pending
      }
      if (2 * head > items.length) {
        items = items.slice(head)
        head = 0
      }
    },
  }
}

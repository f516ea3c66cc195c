import type { Pending } from './pending.ts'

/** Holds what is unsettled in the order of the pushes, also while it flies. Each call costs O(1). */
export function createQueue() {
  const items = new Set<Pending>()
  let waiting = 0
  let bytes = 0

  /** Counts what begins (1) or ends (-1) to wait. */
  function count({ entry }: Pending, sign: number) {
    waiting += sign
    bytes += sign * entry.bytes
  }

  return {
    items,
    /** Records that wait, and their bytes. */
    waiting: () => waiting,
    bytes: () => bytes,
    add(pending: Pending) {
      items.add(pending)
      count(pending, 1)
    },
    /** Takes what waits into a request. */
    fly(pending: Pending, flight: AbortController) {
      pending.flight = flight
      count(pending, -1)
    },
    /** Whether it is unsettled, and in this request. */
    isIn: (flight: AbortController, pending: Pending) =>
      pending.flight === flight && items.has(pending),
    /** Lets what a request leaves unsettled wait again, at its place. */
    land(pending: Pending) {
      pending.flight = undefined
      count(pending, 1)
    },
    /** Takes out what is settled, or what comes back under another name; gives whether it was there. */
    remove(pending: Pending) {
      const isThere = items.delete(pending)
      if (isThere && !pending.flight) count(pending, -1)
      return isThere
    },
  }
}

export type Queue = ReturnType<typeof createQueue>

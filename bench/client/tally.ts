import * as v from 'valibot'
import type { WireEvent } from './read-events.ts'

/** What a server counted; the parent asks for it. */
export const tallySchema = v.object({
  requests: v.number(),
  /** Distinct events that were stored. */
  delivered: v.number(),
  /** Events that came again after they had been taken. */
  copies: v.number(),
  /** Whether every copy came under the id of the first; nothing where there is no copy. */
  oneId: v.optional(v.boolean()),
  /** Events stored beyond the first time, after what the server can tell apart. */
  storedTwice: v.number(),
  peak: v.number(),
  bytes: v.number(),
  /** Requests that came within 950 ms of a 429 which asked for a second of patience. */
  impatient: v.number(),
})
export type Tally = v.InferOutput<typeof tallySchema>

const patienceMs = 950

/** Counts what reaches a server. `deduplicates`: its own gateway says what is stored, not the wire. */
export function createTally(deduplicates: boolean) {
  const arrived = new Map<number, { count: number; readonly ids: Set<string | undefined> }>()
  const stored = new Map<number, number>()
  let requests = 0
  let open = 0
  let peak = 0
  let bytes = 0
  let impatient = 0
  let throttledMs = Number.NEGATIVE_INFINITY

  const store = (n: number) => stored.set(n, (stored.get(n) ?? 0) + 1)
  const beyondFirst = (counts: Iterable<number>) =>
    [...counts].reduce((sum, count) => sum + count - 1, 0)

  return {
    store,
    opened() {
      open += 1
      peak = Math.max(peak, open)
    },
    closed() {
      open -= 1
    },
    /** A request that carries events came at `nowMs`, of whatever fate. */
    request(size: number, nowMs: number) {
      requests += 1
      bytes += size
      if (nowMs - throttledMs < patienceMs) impatient += 1
    },
    throttled(nowMs: number) {
      throttledMs = nowMs
    },
    /** The server took a request, whether its client hears of it or not. */
    took(events: readonly WireEvent[]) {
      for (const { n, id } of events) {
        const known = arrived.get(n) ?? { count: 0, ids: new Set() }
        arrived.set(n, known)
        known.count += 1
        known.ids.add(id)
      }
    },
    read(): Tally {
      const again = [...arrived.values()].filter(({ count }) => count > 1)
      const oneId = again.every(({ ids }) => ids.size === 1 && !ids.has(undefined))
      // A peer's own server tells copies apart by their id, if they have one.
      const twice = again.filter(({ ids }) => ids.size > 1 || ids.has(undefined))
      return {
        requests,
        delivered: deduplicates ? stored.size : arrived.size,
        copies: beyondFirst(again.map(({ count }) => count)),
        ...(again.length > 0 ? { oneId } : {}),
        storedTwice: beyondFirst(deduplicates ? stored.values() : twice.map(({ count }) => count)),
        peak,
        bytes,
        impatient,
      }
    },
  }
}

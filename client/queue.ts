import type { OutboxEntry } from './outbox.ts'
import type { Receipt } from './receipt.ts'

/** An unsettled record and its pusher, who may wait for it. */
export interface Pending {
  /** Is another from its first attempt on, which it notes, and where its producer was lost. */
  entry: OutboxEntry
  /** When it first left here, by a clock that never jumps; absent while it did not. */
  leftMs?: number
  /** What became of it; kept for who asks later. */
  receipt?: Receipt
  /** Those who asked before it was settled. */
  waiters?: readonly ((receipt: Receipt) => void)[]
  /** Resolves, never rejects, when an outbox that takes its time has kept or refused the entry. */
  kept?: Promise<void>
  /** `waiting` to be sent, `flying` in a request, or `settled` for good. */
  state: 'waiting' | 'flying' | 'settled'
  /** Whether another client may have taken it over while this one was away. */
  isLent?: boolean
}

export function pendingOf(entry: OutboxEntry): Pending {
  return { entry, state: 'waiting' }
}

/** Resolves when the record is settled. Whoever never asks pays for no promise. */
export function acceptedOf(pending: Pending): Promise<Receipt> {
  return new Promise(resolve => {
    if (pending.receipt) resolve(pending.receipt)
    else pending.waiters = [...(pending.waiters ?? []), resolve]
  })
}

export function keyOf({
  producer,
  source,
  sequence,
}: Pick<OutboxEntry, 'producer' | 'source' | 'sequence'>): string {
  return `${producer} ${sequence} ${source}`
}

/**
 * Holds what is unsettled in the order of the pushes, also while it flies. Adding and landing cost O(1) a
 * record, amortised; only `all` and `prepend` touch the whole queue.
 */
export function createQueue() {
  let items: Pending[] = []
  let head = 0
  let waiting = 0
  let bytes = 0

  /** Counts what begins (1) or ends (-1) to wait. */
  function count({ entry }: Pending, sign: number) {
    waiting += sign
    bytes += sign * entry.bytes
  }

  /** The first `most` unsettled ones that `fits`. */
  function first(most: number, fits: (pending: Pending) => boolean): Pending[] {
    const found: Pending[] = []
    for (let place = head; place < items.length && found.length < most; place += 1) {
      const pending = items[place]
      if (pending && fits(pending)) found.push(pending)
    }
    return found
  }

  return {
    /** Records that wait, and their bytes. */
    waiting: () => waiting,
    bytes: () => bytes,
    all: () => first(items.length, ({ state }) => state !== 'settled'),
    ready: (most: number) => first(Math.min(most, waiting), ({ state }) => state === 'waiting'),
    add(pending: Pending) {
      items.push(pending)
      count(pending, 1)
    },
    /** Puts what another client left before all that was pushed here. */
    prepend(earlier: readonly Pending[]) {
      items = [...earlier, ...items.slice(head)]
      head = 0
      for (const pending of earlier) count(pending, 1)
    },
    /** Takes what waits into a request. */
    fly(batch: readonly Pending[]) {
      for (const pending of batch) {
        pending.state = 'flying'
        count(pending, -1)
      }
    },
    /** Lets the unsettled ones of a request wait again, at their places. */
    land(batch: readonly Pending[]) {
      for (const pending of batch) {
        if (pending.state !== 'flying') continue
        pending.state = 'waiting'
        count(pending, 1)
      }
    },
    /** Is told of one that is settled now; it must not be settled yet. */
    settle(pending: Pending) {
      if (pending.state === 'waiting') count(pending, -1)
      pending.state = 'settled'
      while (items[head]?.state === 'settled') head += 1
      if (2 * head > items.length) {
        items = items.slice(head)
        head = 0
      }
    },
    /** The lowest unsettled sequence of each source of a producer's batch: its floors. */
    floors(batch: readonly Pending[]): Map<string, number> {
      const floors = new Map<string, number>()
      const sources = new Set(batch.map(({ entry }) => entry.source))
      for (let place = head; place < items.length && floors.size < sources.size; place += 1) {
        const pending = items[place]
        if (!pending || pending.state === 'settled') continue
        const { producer, source, sequence } = pending.entry
        const isOurs = producer === batch[0]?.entry.producer && sources.has(source)
        if (isOurs && !floors.has(source)) floors.set(source, sequence)
      }
      return floors
    },
  }
}

export type Queue = ReturnType<typeof createQueue>

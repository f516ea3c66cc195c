import type { ProducerId } from '../shared/ingest-protocol.ts'
import * as wire from '../shared/wire-limits.ts'
import { createBackoff } from './backoff.ts'
import type { Outcome } from './classify-reply.ts'
import type { ClientLimits } from './client-limits.ts'
import { encodeBatch } from './encode-batch.ts'
import type { Ending, Ledger } from './ledger.ts'
import { loseProducer } from './lose-producer.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import { type Gateway, postBatch } from './post-batch.ts'
import { acceptedOf, keyOf, type Pending, pendingOf, type Queue } from './queue.ts'
import { createRests } from './rests.ts'
import type { Connectivity } from './surroundings.ts'
import { takeBatch } from './take-batch.ts'

/** The gateway forgets a producer after 35 idle days: from then on a resend could be stored twice. */
const giveUpMs = wire.receivedSetLifeMs - 5 * 86_400_000

/** What all requests that outlive a page may carry together; other scripts of the page need some of it too. */
const maxLeavingBytes = 57_344

interface FlusherParts {
  readonly workspace: string
  readonly gateway: Gateway
  readonly limits: ClientLimits
  readonly random: () => number
  readonly outbox: Outbox | undefined
  readonly queue: Queue
  readonly ledger: Ledger
  readonly connectivity: Connectivity
}

/**
 * Sends what is unsettled until it is settled. `pump` alone decides when: at once if a batch is full or the
 * queue is `due`, else when the linger of its first record ends. After a failure the whole client rests.
 */
export function createFlusher(parts: FlusherParts) {
  const { workspace, gateway, limits, random, outbox, queue, ledger, connectivity } = parts
  const { clock, time } = gateway
  let ended = false
  let due = false
  let retries = 0
  let leavingBytes = 0
  let ceiling = limits.maxBatchRecords
  let isPumping = false
  let lingerMs = 0
  let lastMs = 0
  let cancelLinger: (() => void) | undefined
  const flights = new Map<AbortController, readonly Pending[]>()
  const rests = createRests(clock)
  const backoff = createBackoff(limits.maxBackoffMs, random)
  const unwatch = connectivity.watch(rests.wake)
  let loaded = outbox && rests.during(load()).then(pump)

  function isFull() {
    return queue.waiting() >= ceiling || queue.bytes() >= limits.maxBatchBytes
  }

  function pump() {
    isPumping = false
    while (!ended && !rests.isHeld() && flights.size < limits.maxInFlight && queue.waiting()) {
      if (!due && !isFull()) break
      if (connectivity.online())
        void deliver(takeBatch(queue.ready(ceiling), limits.maxBatchBytes).batch)
      else void rests.rest(limits.maxBackoffMs).then(pump)
    }
    if (!queue.waiting()) due = false
    else if (!due && !ended) cancelLinger ??= linger()
  }

  /** Waits for more records, the longer the more batches follow each other: a trickle is no crowd. */
  function linger() {
    const isFirst = time.now() - lastMs > limits.maxLingerMs
    lingerMs = isFirst ? limits.lingerMs : Math.min(2 * lingerMs, limits.maxLingerMs)
    return clock.after(lingerMs, () => {
      cancelLinger = undefined
      due = true
      pump()
    })
  }

  /** Takes what earlier clients left, and lets go of what others took while this one was away. */
  async function load() {
    const lent = queue.all().filter(({ isLent }) => isLent)
    try {
      const entries = (await outbox?.load()) ?? []
      if (ended) return
      queue.prepend(fresh(entries))
      const ours = new Set(entries.map(keyOf))
      for (const pending of lent) pending.isLent = false
      ledger.disown(lent.filter(({ entry }) => !ours.has(keyOf(entry))))
    } catch (error) {
      ledger.report(`The outbox could not be read: ${error}`)
    }
  }

  /** Counts entries of other clients as pending and due; those that are here already stay as they are. */
  function fresh(entries: readonly OutboxEntry[]): Pending[] {
    const known = new Set(queue.all().map(({ entry }) => keyOf(entry)))
    const unknown = entries.filter(entry => !known.has(keyOf(entry)))
    ledger.counts.pending += unknown.length
    due ||= unknown.length > 0
    return unknown.map(pendingOf)
  }

  /** Takes a batch through one try and the rest that its outcome demands. */
  async function deliver(batch: readonly Pending[], leaving = 0) {
    const abort = new AbortController()
    flights.set(abort, batch)
    queue.fly(batch)
    lastMs = time.now()
    leavingBytes += leaving
    if (!queue.waiting()) {
      due = false
      cancelLinger?.()
      cancelLinger = undefined
    }
    const restMs = await attempt(batch, abort, leaving > 0)
    leavingBytes -= leaving
    flights.delete(abort)
    queue.land(batch)
    if (batch.some(({ state }) => state === 'waiting')) {
      retries += 1
      due = true
    }
    if (restMs !== undefined && !ended) await rests.rest(restMs)
    pump()
  }

  /** Tries to settle a batch and gives the rest, in milliseconds, that must follow, if any. */
  async function attempt(batch: readonly Pending[], abort: AbortController, isLeaving: boolean) {
    // Whoever leaves has this turn and no other: what the outbox keeps late, it keeps beside the request.
    if (!isLeaving) await Promise.all(batch.map(({ kept }) => kept))
    const nowMs = time.now()
    const elapsedMs = time.elapsed()
    const ageMs = ({ leftMs, entry: { attemptedAtMs = nowMs } }: Pending) =>
      leftMs === undefined ? nowMs - attemptedAtMs : elapsedMs - leftMs
    const stale = batch.filter(pending => ageMs(pending) > giveUpMs)
    ledger.drop(stale, 'The record could not be delivered within 30 days.', 'expired')
    const live = batch.filter(({ state }) => state === 'flying')
    if (!live.length) return
    const { body, order } = encodeBatch(workspace, live, queue.floors(live))
    const fresh = order.filter(({ entry }) => entry.attemptedAtMs === undefined)
    // Another object: what the outbox was given to keep must not change under its hands.
    for (const pending of fresh) pending.entry = { ...pending.entry, attemptedAtMs: nowMs }
    const entries = order.map(({ entry }) => entry)
    try {
      const noted = outbox?.attempt(entries)
      if (isLeaving) noted?.catch(noteFailed)
      else await noted
    } catch (error) {
      return order.some(({ state }) => state === 'flying') ? noteFailed(error) : undefined
    }
    if (ended) return
    for (const pending of fresh) pending.leftMs = elapsedMs
    return conclude(order, await postBatch(gateway, body, entries, { abort, isLeaving }))
  }

  function noteFailed(error: unknown) {
    ledger.report(`The outbox could not note an attempt: ${error}`)
    return backoff.failed(0)
  }

  /** Applies an outcome to the records of its request; gives the rest that it demands, if any. */
  function conclude(order: readonly Pending[], outcome: Outcome): number | undefined {
    if (ended || !order.some(({ state }) => state === 'flying')) return
    if (outcome.kind === 'delivered') {
      const endings: [Pending, Ending][] = []
      for (const [place, pending] of order.entries()) {
        const { status = 'retry', ...why } = outcome.verdicts[place] ?? {}
        if (status !== 'retry') endings.push([pending, { status, ...why }])
      }
      ledger.settle(endings)
      ceiling = Math.min(2 * ceiling, limits.maxBatchRecords)
      if (endings.length) backoff.succeeded()
      return endings.length < order.length ? backoff.failed(outcome.floorMs) : undefined
    }
    const { kind, reason, code, floorMs } = outcome
    const isSplit = kind === 'split' && order.length > 1
    if (isSplit) ceiling = Math.ceil(order.length / 2)
    else if (kind === 'split' || kind === 'refused') ledger.drop(order, reason, code)
    else {
      ledger.report(reason, code)
      return backoff.failed(floorMs)
    }
    return
  }

  return {
    /** Sends what a dead client left; in pieces, if need be, but those of a producer in order. */
    adopt(entries: readonly OutboxEntry[]) {
      for (const pending of fresh(entries)) queue.add(pending)
      pump()
    },
    add(pending: Pending) {
      ledger.counts.pending += 1
      queue.add(pending)
      if (!isFull()) pump()
      else if (!isPumping) {
        // In a turn of its own, so that a full batch costs its last push no more than the others.
        isPumping = true
        void Promise.resolve().then(pump)
      }
    },
    /** Sends without lingering and resolves when all that is unsettled now is settled. */
    async flush() {
      await loaded
      due = true
      pump()
      await Promise.all(queue.all().map(acceptedOf))
    },
    /** Sends what it can in this very turn, in requests that outlive the page. */
    leave() {
      while (!rests.isHeld() && queue.waiting()) {
        const { batch, bytes } = takeBatch(queue.ready(ceiling), limits.maxBatchBytes)
        if (leavingBytes + bytes > maxLeavingBytes) break
        void deliver(batch, bytes)
      }
    },
    /** Lends out all that is unsettled: until `load` says whose it is, others may send it. */
    lend() {
      for (const pending of queue.all()) pending.isLent = true
    },
    load() {
      loaded = rests.during(load()).then(pump)
    },
    disown(
      producer: ProducerId,
      unkept: readonly OutboxEntry[],
      rename: (pending: Pending) => void,
    ) {
      loseProducer({ queue, ledger, flights }, producer, unkept, rename)
    },
    wake: rests.wake,
    /** Stops for good; what is unsettled is dropped. */
    end() {
      ended = true
      cancelLinger?.()
      unwatch()
      rests.wake()
      for (const abort of flights.keys()) abort.abort()
      ledger.drop(queue.all(), 'The client was closed before the gateway answered.', 'closed')
    },
    stats: () => ({ inFlight: ledger.counts.pending - queue.waiting(), retries }),
  }
}

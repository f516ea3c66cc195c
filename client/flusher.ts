import * as wire from '../shared/wire-limits.ts'
import { askTime } from './ask-time.ts'
import { createBackoff } from './backoff.ts'
import type { ClientLimits } from './client-limits.ts'
import { type Clock, createTime } from './clock.ts'
import type { Outcome } from './decode-reply.ts'
import { encodeBatch } from './encode-batch.ts'
import type { Ledger } from './ledger.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import { keyOf, Pending } from './pending.ts'
import { type Gateway, postBatch } from './post-batch.ts'
import type { Queue } from './queue.ts'
import type { Connectivity } from './surroundings.ts'
import { takeBatch } from './take-batch.ts'

/** The gateway forgets a producer after 35 idle days: from then on a resend could be stored twice. */
const giveUpMs = wire.receivedSetLifeMs - 5 * 86_400_000

/**
 * What all requests that outlive a page may carry together, and how many there may be; other scripts of the page
 * need some of it too.
 */
const maxLeavingBytes = 57_344
const maxLeavingFlights = 8

const isOld = ({ leftMs }: Pending) => Number.isNaN(leftMs)

interface FlusherParts {
  readonly workspace: string
  readonly gateway: Gateway
  readonly limits: ClientLimits
  readonly clock: Clock
  readonly random: () => number
  readonly outbox: Outbox | undefined
  readonly queue: Queue
  readonly ledger: Ledger
  readonly connectivity: Connectivity
}

/**
 * Sends what is unsettled until it is settled. `pump` alone decides when: at once if a batch is full or the
 * queue is due, else when the linger of its first record ends; never while the client rests after a failure.
 */
export function createFlusher(parts: FlusherParts) {
  const { workspace, gateway, limits, clock, outbox, queue, ledger, connectivity } = parts
  const time = createTime(clock)
  const backoff = createBackoff(limits.maxBackoffMs, parts.random)
  const unwatch = connectivity.watch(() => {
    restEndsMs = 0
    pump()
  })
  let hasEnded = false
  let retries = 0
  let flights = 0
  let leavingBytes = 0
  let ceiling = limits.maxBatchRecords
  let isPumping = false
  let cancelTimer: (() => void) | undefined
  let lingerMs = 0
  // All by the clock that never jumps. The gateway's word is a floor: a connection that is back does not end it.
  let sentMs = -Infinity
  let dueMs: number | undefined
  let restEndsMs = 0
  let floorEndsMs = 0
  let keyEndsMs = 0

  function isFull() {
    return queue.waiting() >= ceiling || queue.bytes() >= limits.maxBatchBytes
  }

  function pump() {
    isPumping = false
    cancelTimer?.()
    cancelTimer = undefined
    if (!queue.waiting()) dueMs = undefined
    while (!hasEnded && queue.waiting() && flights < limits.maxInFlight) {
      const nowMs = clock.elapsed()
      dueMs ??= nowMs + linger(nowMs)
      const waitMs = Math.max(
        restsUntilMs() - nowMs,
        isFull() ? 0 : dueMs - nowMs,
        connectivity.online() ? 0 : limits.maxBackoffMs,
      )
      if (waitMs > 0) {
        cancelTimer = clock.after(waitMs, pump)
        return
      }
      void deliver(take().batch)
    }
  }

  /** How long a record waits for more: the longer the more batches follow each other, since a trickle is no crowd. */
  function linger(nowMs: number) {
    const isFirst = nowMs - sentMs > limits.maxLingerMs
    lingerMs = isFirst ? limits.lingerMs : Math.min(2 * lingerMs, limits.maxLingerMs)
    return lingerMs
  }

  const restsUntilMs = () => Math.max(restEndsMs, floorEndsMs, keyEndsMs)

  const take = (maxBytes = limits.maxBatchBytes) => takeBatch(queue.items, ceiling, maxBytes)

  /** Takes a batch through one try and the rest that its outcome demands. */
  async function deliver(batch: readonly Pending[], leaving = 0) {
    const abort = new AbortController()
    flights += 1
    leavingBytes += leaving
    sentMs = clock.elapsed()
    for (const pending of batch) queue.fly(pending, abort)
    if (!queue.waiting()) dueMs = undefined
    await attempt(batch, abort, leaving > 0)
    flights -= 1
    leavingBytes -= leaving
    const left = batch.filter(pending => queue.isIn(abort, pending))
    for (const pending of left) queue.land(pending)
    if (left[0]) {
      retries += 1
      dueMs = 0
    }
    pump()
  }

  /** Tries to settle a batch. */
  async function attempt(batch: readonly Pending[], abort: AbortController, isLeaving: boolean) {
    // Whoever leaves has this turn and no other: what the outbox keeps late, it keeps beside the request.
    if (outbox && !isLeaving) await Promise.all(batch.map(({ kept }) => kept))
    // What lost its producer meanwhile is in this request no more.
    const isHere = (pending: Pending) => queue.isIn(abort, pending)
    const producer = batch[0]?.entry.producer
    const post = { clock, time, timeoutMs: limits.requestTimeoutMs, abort, isLeaving }
    if (!time.isTold() && batch.some(isOld)) {
      const failed = !isLeaving && (await askTime(gateway, workspace, producer, post))
      if (failed) conclude([], { ...failed, kind: 'retry' }, gateway.key)
      if (failed !== undefined) return
    }
    const elapsedMs = clock.elapsed()
    for (const pending of batch.filter(isOld))
      pending.leftMs = elapsedMs - time.now() + (pending.entry.attemptedAtMs ?? 0)
    const isStale = ({ leftMs = elapsedMs }: Pending) => elapsedMs - leftMs > giveUpMs
    ledger.drop(batch.filter(isStale), 'The record could not be delivered in 30 days.', 'expired')
    const { body, order } = encodeBatch(workspace, producer, batch.filter(isHere), queue.items)
    const attemptedAtMs = time.now()
    // Another object: what the outbox was given to keep must not change under its hands.
    if (outbox) for (const pending of order) pending.entry = { attemptedAtMs, ...pending.entry }
    const entries = order.map(({ entry }) => entry)
    try {
      const noted = order[0] && outbox?.attempt(entries)
      if (isLeaving) noted?.catch(notNoted)
      else await noted
    } catch (error) {
      if (order.some(isHere)) notNoted(error)
      return
    }
    if (!order.some(isHere)) return
    for (const pending of order) pending.leftMs ??= elapsedMs
    const { key } = gateway
    const outcome = await postBatch(gateway, body, entries, post)
    const isOurs = order.some(isHere)
    // Also a reply on records that are not ours any more says when the next request may come.
    if (isOurs || !(hasEnded || abort.signal.aborted)) conclude(isOurs ? order : [], outcome, key)
  }

  function notNoted(error: unknown) {
    ledger.report(`The outbox could not note an attempt: ${error}`)
    rest()
  }

  /** Applies an outcome to the records of its request. */
  function conclude(order: readonly Pending[], outcome: Outcome, key: string) {
    const { kind, floorMs } = outcome
    if (kind === 'delivered') {
      const { verdicts } = outcome
      const left = verdicts.filter(verdict => !verdict).length
      ledger.settle(order, place => verdicts[place])
      ceiling = Math.min(2 * ceiling, limits.maxBatchRecords)
      if (left < order.length) backoff.succeeded()
      if (left) rest(floorMs)
      return
    }
    const { reason, code } = outcome
    if (kind === 'split' && order[1]) ceiling = Math.ceil(order.length / 2)
    else if (kind === 'split' || kind === 'refused') ledger.drop(order, reason, code)
    else {
      // Another key is tried at once, or as soon as there is one; whoever hears of this may bring it.
      if (kind === 'retry') rest(floorMs)
      else if (key === gateway.key) keyEndsMs = clock.elapsed() + floorMs + backoff.failed()
      ledger.report(reason, code)
    }
  }

  /** After a failure the whole client rests, for as long as the gateway demands and a little longer. */
  function rest(floorMs = 0) {
    const endsMs = clock.elapsed() + floorMs
    floorEndsMs = Math.max(floorEndsMs, endsMs)
    restEndsMs = Math.max(restEndsMs, endsMs + backoff.failed())
  }

  return {
    /** Sends what a dead client left; in pieces, if need be, but those of a producer in order. */
    adopt(entries: readonly OutboxEntry[]) {
      if (hasEnded || !entries[0]) return
      const known = new Set(Array.from(queue.items, ({ entry }) => keyOf(entry)))
      for (const entry of entries) {
        if (!known.has(keyOf(entry))) queue.add(new Pending(entry, entry.attemptedAtMs && NaN))
      }
      dueMs = 0
      pump()
    },
    /** Looks, in a turn of its own, whether there is something to send: a full batch costs its last push no more. */
    wake() {
      if (isPumping || (cancelTimer && !isFull())) return
      isPumping = true
      void Promise.resolve().then(pump)
    },
    /** Sends without lingering and resolves when all that is unsettled now is settled. */
    async flush() {
      dueMs = 0
      pump()
      await Promise.all(Array.from(queue.items, ({ accepted }) => accepted))
    },
    /** Sends what it can in this very turn, in requests that outlive the page. */
    leave() {
      const isResting = restsUntilMs() > clock.elapsed()
      while (queue.waiting() && !isResting && flights < maxLeavingFlights) {
        const room = maxLeavingBytes - leavingBytes
        const { batch, bytes } = take(Math.min(room, limits.maxBatchBytes))
        if (bytes > room) break
        void deliver(batch, bytes)
      }
    },
    /** Goes on at once, unless the gateway asked to wait. */
    keyChanged() {
      restEndsMs = keyEndsMs = 0
      pump()
    },
    /** Stops for good; what is unsettled is dropped. */
    end() {
      hasEnded = true
      pump()
      unwatch()
      for (const { flight } of queue.items) flight?.abort()
      ledger.drop([...queue.items], 'The client was closed before the gateway answered.', 'closed')
    },
    stats: () => ({
      pending: queue.items.size,
      inFlight: queue.items.size - queue.waiting(),
      retries,
    }),
  }
}

import * as wire from '../shared/wire-limits.ts'
import { backoffMs } from './backoff.ts'
import type { Outcome } from './classify-reply.ts'
import type { ClientLimits } from './client-limits.ts'
import { encodeBatch } from './encode-batch.ts'
import type { Ending, Ledger } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import { type Gateway, postBatch } from './post-batch.ts'
import { createQueue, type Pending, pendingOf } from './queue.ts'
import { takeBatch } from './take-batch.ts'

/** The gateway forgets a producer after 35 idle days: from then on a resend could be stored twice. */
const giveUpMs = wire.receivedSetLifeMs - 5 * 86_400_000

interface FlusherParts {
  readonly workspace: string
  readonly gateway: Gateway
  readonly limits: ClientLimits
  readonly random: () => number
  readonly outbox: Outbox
  readonly ledger: Ledger
}

/**
 * Sends what is unsettled, one request at a time, until it is settled. `schedule` alone decides when: at once if
 * a batch is full or the queue is `due`, else when the linger of its first record ends.
 */
export function createFlusher({
  workspace,
  gateway,
  limits,
  random,
  outbox,
  ledger,
}: FlusherParts) {
  const { clock } = gateway
  const queue = createQueue()
  let ended = false
  let due = false
  let failures = 0
  let retries = 0
  let inFlight = 0
  let ceiling = limits.maxBatchRecords
  let cancelLinger: (() => void) | undefined
  let cancelRest: (() => void) | undefined
  let abort: AbortController | undefined
  /** Loading, sending or resting after a failure, which holds back the whole client. */
  let busy = true
  const loaded = load()

  function schedule() {
    if (!queue.size()) {
      due = false
      return
    }
    if (!due) cancelLinger ??= clock.after(limits.lingerMs, lingered)
    const full = queue.size() >= ceiling || queue.bytes() >= limits.maxBatchBytes
    if (!busy && !ended && (due || full)) void deliver()
  }

  function lingered() {
    due = true
    schedule()
  }

  async function load() {
    try {
      const earlier = await outbox.load()
      if (ended) return
      ledger.counts.pending += earlier.length
      queue.prepend(earlier.map(pendingOf))
      due ||= earlier.length > 0
    } catch (error) {
      ledger.report(`The outbox could not be read: ${error}`)
    }
    busy = false
    schedule()
  }

  /** Takes a batch through one try and the rest that its outcome demands. */
  async function deliver() {
    busy = true
    // Leaves the pusher's turn, so that a full batch costs its last push no more than the others.
    await undefined
    const batch = takeBatch(queue.first(ceiling), limits.maxBatchBytes)
    if (batch.length === queue.size()) {
      due = false
      cancelLinger?.()
      cancelLinger = undefined
    }
    const restMs = await attempt(batch)
    inFlight = 0
    queue.release(batch.length)
    if (batch.some(pending => !pending.settled)) {
      retries += 1
      due = true
    }
    if (restMs !== undefined)
      await new Promise<void>(resolve => {
        cancelRest = clock.after(restMs, resolve)
      })
    busy = false
    schedule()
  }

  /** Tries to settle a batch and gives the rest, in milliseconds, that must follow, if any. */
  async function attempt(batch: readonly Pending[]): Promise<number | undefined> {
    await Promise.all(batch.map(pending => pending.kept))
    const nowMs = clock.now()
    const stale = batch.filter(
      ({ entry: { attemptedAtMs = nowMs } }) => nowMs - attemptedAtMs > giveUpMs,
    )
    ledger.drop(stale, 'The record could not be delivered within 30 days.', 'expired')
    const live = batch.filter(pending => !pending.settled)
    if (!live.length) return
    const { body, order } = encodeBatch(workspace, live)
    const entries = order.map(({ entry }) => ({ attemptedAtMs: nowMs, ...entry }))
    try {
      await outbox.attempt(entries)
    } catch (error) {
      const reason = `The outbox could not note an attempt: ${error}`
      return conclude(order, { kind: 'retry', reason, floorMs: 0 })
    }
    if (ended) return
    for (const [place, pending] of order.entries()) pending.entry = entries[place] ?? pending.entry
    inFlight = order.length
    abort = new AbortController()
    return conclude(order, await postBatch(gateway, body, entries, abort))
  }

  /** Applies an outcome to the records of its request; gives the rest that it demands, if any. */
  function conclude(order: readonly Pending[], outcome: Outcome): number | undefined {
    if (ended) return
    const rest = () => backoffMs(failures++, limits.maxBackoffMs, outcome.floorMs, random)
    switch (outcome.kind) {
      case 'delivered': {
        const endings: [Pending, Ending][] = []
        for (const [place, pending] of order.entries()) {
          const { status = 'retry', ...why } = outcome.verdicts[place] ?? {}
          if (status !== 'retry') endings.push([pending, { status, ...why }])
        }
        ledger.settle(endings)
        ceiling = Math.min(2 * ceiling, limits.maxBatchRecords)
        if (endings.length) failures = 0
        return endings.length < order.length ? rest() : undefined
      }
      case 'retry':
        ledger.report(outcome.reason, outcome.code)
        return rest()
      case 'split':
        ceiling = Math.ceil(order.length / 2)
        if (order.length === 1) ledger.drop(order, outcome.reason, outcome.code)
        return
      case 'refused':
        ledger.drop(order, outcome.reason, outcome.code)
        return
    }
  }

  return {
    add(pending: Pending) {
      ledger.counts.pending += 1
      queue.add(pending)
      schedule()
    },
    /** Sends without lingering and resolves when all that is unsettled now is settled. */
    async flush() {
      await loaded
      due = true
      schedule()
      await Promise.all(queue.all().map(({ accepted }) => accepted))
    },
    /** Stops for good; what is unsettled is dropped. */
    end() {
      ended = true
      inFlight = 0
      cancelLinger?.()
      cancelRest?.()
      abort?.abort()
      ledger.drop(queue.all(), 'The client was closed before the gateway answered.', 'closed')
    },
    stats: () => ({ inFlight, retries }),
  }
}

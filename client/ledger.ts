import type { Outbox, OutboxEntry } from './outbox.ts'
import type { Ending, Pending } from './pending.ts'
import type { Queue } from './queue.ts'
import type { ClientError, Receipt } from './receipt.ts'

/** Who is told of what does not reach the log; without a listener of its own a loss goes to `onError`. */
export interface Listeners {
  /** Records that are wrong, on the device or in the gateway's view. */
  readonly onRejected?: (receipts: readonly Receipt[]) => void
  /** Records that were given up. */
  readonly onDropped?: (receipts: readonly Receipt[]) => void
  /** Each try that failed, each trouble of the outbox, and each loss that no other listener is told of. */
  readonly onError?: (error: ClientError) => void
}

export type Ledger = ReturnType<typeof createLedger>

/** Ends records: each exactly once, told to the outbox, to its pusher and, if it is lost, to a listener. */
export function createLedger(outbox: Outbox | undefined, queue: Queue, listeners: Listeners) {
  const counts = { accepted: 0, duplicate: 0, rejected: 0, dropped: 0, adopted: 0 }
  const waiters: (() => void)[] = []

  /** A fault of a listener is its owner's: it must not stop the sending. */
  async function tell<T>(listener: ((value: T) => void) | undefined, value: T) {
    try {
      await listener?.(value)
    } catch {}
  }

  function report(reason: string, code?: string, receipts: readonly Receipt[] = []) {
    void tell(listeners.onError, { reason, code, receipts })
  }

  function tellLost(receipts: readonly Receipt[]) {
    for (const [wanted, listener] of [
      ['rejected', listeners.onRejected],
      ['dropped', listeners.onDropped],
    ] as const) {
      const lost = receipts.filter(({ status }) => status === wanted)
      if (lost[0] && listener) void tell(listener, lost)
      else if (lost[0]) report(lost[0].reason ?? `A record was ${wanted}.`, lost[0].code, lost)
    }
  }

  function settle(pendings: readonly Pending[], endingOf: (place: number) => Ending | undefined) {
    const entries: OutboxEntry[] = []
    const receipts: Receipt[] = []
    for (const [place, pending] of pendings.entries()) {
      const ending = endingOf(place)
      if (!ending || !queue.remove(pending)) continue
      const { status } = ending
      counts[status] += 1
      pending.settle(ending)
      // What another client owns is its to forget; and who holds nothing needs to hear of losses only.
      if ((outbox && status !== 'adopted') || status === 'rejected' || status === 'dropped') {
        entries.push(pending.entry)
        receipts.push(pending.receipt)
      }
    }
    for (const wake of waiters.splice(0)) wake()
    const forget = async () => outbox?.settle(entries, receipts)
    if (outbox && entries[0])
      forget().catch(error => report(`The outbox could not forget settled records: ${error}`))
    tellLost(receipts)
  }

  return {
    counts,
    report,
    /** Counts and tells of a record that was refused before it was numbered. */
    refuse(receipt: Receipt) {
      counts[receipt.status] += 1
      tellLost([receipt])
    },
    /** Settles those of the records that have an ending. */
    settle,
    drop(pendings: readonly Pending[], reason: string, code = 'refused') {
      settle(pendings, () => ({ status: 'dropped', code, reason }))
    },
    /** Lets go of what another client sends from now on. */
    disown(pendings: readonly Pending[]) {
      settle(pendings, () => ({ status: 'adopted' }))
    },
    /** Resolves when fewer than `most` records are pending. */
    async below(most: number) {
      while (queue.items.size >= most) await new Promise<void>(resolve => waiters.push(resolve))
    },
  }
}

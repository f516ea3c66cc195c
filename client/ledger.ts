import type { Outbox } from './outbox.ts'
import type { Pending, Queue } from './queue.ts'
import type { ClientError, Receipt } from './receipt.ts'

/** A receipt before it names its record. */
export type Ending = Omit<Receipt, 'source' | 'sequence'>

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
  const counts = { pending: 0, accepted: 0, duplicate: 0, rejected: 0, dropped: 0, adopted: 0 }
  const changes = new Set<() => void>()

  /** A fault of a listener is its owner's: it must not stop the sending. */
  function tell<T>(listener: ((value: T) => void) | undefined, value: T) {
    try {
      listener?.(value)
    } catch {}
  }

  function report(reason: string, code?: string, receipts: readonly Receipt[] = []) {
    tell(listeners.onError, { reason, code, receipts })
  }

  function tellLost(
    status: Receipt['status'],
    receipts: readonly Receipt[],
    own?: Listeners['onDropped'],
  ) {
    const lost = receipts.filter(receipt => receipt.status === status)
    if (!lost[0]) return
    if (own) tell(own, lost)
    else report(lost[0].reason ?? `The record was ${status}.`, lost[0].code, lost)
  }

  function count(receipts: readonly Receipt[]) {
    for (const { status } of receipts) counts[status] += 1
    tellLost('rejected', receipts, listeners.onRejected)
    tellLost('dropped', receipts, listeners.onDropped)
  }

  function settle(endings: readonly (readonly [Pending, Ending])[]) {
    const fresh = endings.filter(([{ state }]) => state !== 'settled')
    if (!fresh.length) return
    const receipts = fresh.map(([pending, ending]) => {
      const { source, sequence } = pending.entry
      const receipt = { source, sequence, ...ending }
      queue.settle(pending)
      counts.pending -= 1
      pending.receipt = receipt
      for (const resolve of pending.waiters ?? []) resolve(receipt)
      return receipt
    })
    for (const change of [...changes]) change()
    const forget = async () =>
      outbox?.settle(
        fresh.map(([{ entry }]) => entry),
        receipts,
      )
    // What another client owns is its to forget.
    if (outbox && receipts[0]?.status !== 'adopted')
      forget().catch(error => report(`The outbox could not forget settled records: ${error}`))
    count(receipts)
  }

  return {
    counts,
    report,
    count,
    settle,
    drop(pendings: readonly Pending[], reason: string, code = 'refused') {
      settle(pendings.map(pending => [pending, { status: 'dropped', code, reason }]))
    },
    /** Lets go of what another client sends from now on. */
    disown(pendings: readonly Pending[]) {
      settle(pendings.map(pending => [pending, { status: 'adopted' }]))
    },
    /** Resolves when fewer than `most` records are pending. */
    async below(most: number) {
      while (counts.pending >= most)
        await new Promise<void>(resolve => {
          const change = () => {
            changes.delete(change)
            resolve()
          }
          changes.add(change)
        })
    },
  }
}

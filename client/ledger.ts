import type { Outbox } from './outbox.ts'
import type { Pending } from './queue.ts'
import type { ClientError, Receipt } from './receipt.ts'

/** A receipt before it names its record. */
export type Ending = Omit<Receipt, 'source' | 'sequence'>

export type Ledger = ReturnType<typeof createLedger>

/** Ends records: each exactly once, told to the outbox, to its pusher and, if it is lost, to `onError`. */
export function createLedger(outbox: Outbox, onError: (error: ClientError) => void) {
  const counts = { pending: 0, accepted: 0, duplicate: 0, rejected: 0, dropped: 0 }

  /** A fault of the callback is its owner's: it must not stop the sending. */
  function report(reason: string, code?: string, receipts: readonly Receipt[] = []) {
    try {
      onError({ reason, code, receipts })
    } catch {}
  }

  function count(receipts: readonly Receipt[]) {
    for (const { status } of receipts) counts[status] += 1
    const lost = receipts.filter(({ status }) => status === 'rejected' || status === 'dropped')
    if (lost[0]) report(lost[0].reason ?? `The record was ${lost[0].status}.`, lost[0].code, lost)
  }

  function settle(endings: readonly (readonly [Pending, Ending])[]) {
    const fresh = endings.filter(([pending]) => !pending.settled)
    if (!fresh.length) return
    const entries = fresh.map(([{ entry }]) => entry)
    const receipts = fresh.map(([pending, ending]) => {
      const { source, sequence } = pending.entry
      const receipt = { source, sequence, ...ending }
      pending.settled = true
      counts.pending -= 1
      pending.resolve(receipt)
      return receipt
    })
    const forget = async () => outbox.settle(entries, receipts)
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
  }
}

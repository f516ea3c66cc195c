import type { Clock } from '../../client/clock.ts'
import type { OutboxEntry } from '../../client/outbox.ts'
import { keyOf } from '../../client/pending.ts'
import { storageOutbox } from '../../client/storage-outbox.ts'
import { type Actor, never } from './actor.ts'
import type { Ledger } from './ledger.ts'
import type { ObjectContext } from './sim-object.ts'
import type { SimOutbox } from './sim-outbox.ts'
import { phoneStore } from './sim-phone-store.ts'
import type { SimRecord } from './workload.ts'

interface Known {
  readonly record: SimRecord
  /** Whether a request may have taken it. */
  mayHaveLeft: boolean
  isSettled: boolean
  /** Whether it was seen in the store: from then on it is there until it is settled. */
  isKept: boolean
}

/** The production outbox for phones, over a store that fails and forgets; around it, what the ledger has to know. */
export function simPhoneOutbox(
  context: ObjectContext,
  self: Actor,
  clockOf: (life: number) => Clock,
  ledger: Ledger,
): SimOutbox {
  const store = phoneStore(context)
  const known = new Map<string, Known>()

  /** Loses what is neither settled nor in the store. */
  const loseUnkept = (mayHoldLess: boolean) => {
    const live = store.liveKeys()
    for (const [key, { record, mayHaveLeft, isSettled, isKept }] of known) {
      if (isSettled || live.has(key)) continue
      if (isKept && !mayHoldLess)
        ledger.wrong.push(`I8 record ${record.id} was kept by its outbox and is gone`)
      ledger.lose(record, mayHaveLeft ? 'maybe sent' : 'never sent')
      known.delete(key)
    }
  }

  return {
    open(life, pushing) {
      const isAlive = () => self.life === life
      const clock = clockOf(life)
      const inner = storageOutbox({ storage: store.open(isAlive), clock })
      /** What the store still holds though it was settled: it is told of again. */
      const found = (entries: readonly OutboxEntry[]) => {
        for (const entry of entries) {
          const one = known.get(keyOf(entry))
          if (one?.isSettled !== true) continue
          one.isSettled = false
          ledger.reopen(one.record)
        }
        return entries
      }
      return {
        own: owner => inner.own?.({ ...owner, adopt: entries => owner.adopt(found(entries)) }),
        load: async () => found(await inner.load()),
        async append(entry) {
          const record = pushing()
          if (!isAlive() || record === undefined) return undefined
          const one: Known = { record, mayHaveLeft: false, isSettled: false, isKept: false }
          known.set(keyOf(entry), one)
          await inner.append(entry)
          one.isKept = store.liveKeys().has(keyOf(entry))
          return undefined
        },
        async attempt(entries) {
          if (!isAlive()) return never<void>()
          await inner.attempt(entries)
          for (const entry of entries) {
            const one = known.get(keyOf(entry))
            if (one !== undefined) one.mayHaveLeft = true
          }
          return undefined
        },
        settle(entries, receipts) {
          if (!isAlive()) return undefined
          for (const [at, entry] of entries.entries()) {
            const one = known.get(keyOf(entry))
            const receipt = receipts[at]
            if (one === undefined || receipt === undefined || receipt.code === 'closed') continue
            const { status, code } = receipt
            if (status === 'adopted') throw new Error('Nobody else has an outbox in this world.')
            one.isSettled = true
            ledger.settle(one.record, code === undefined ? { status } : { status, code })
          }
          return inner.settle(entries, receipts)
        },
      }
    },
    crash: () => loseUnkept(false),
    pending: () => [...known.values()].filter(({ isSettled }) => !isSettled).length,
    backUp: store.backUp,
    restore() {
      const isThere = store.restore()
      if (isThere) loseUnkept(true)
      return isThere
    },
  }
}

import type { OutboxEntry } from '../../client/outbox.ts'
import { keyOf } from '../../client/pending.ts'
import { type Actor, never, whileAlive } from './actor.ts'
import type { Ledger } from './ledger.ts'
import type { ObjectContext } from './sim-object.ts'
import type { SimOutbox } from './sim-outbox.ts'
import type { SimRecord } from './workload.ts'

interface Kept {
  readonly entry: OutboxEntry
  readonly record: SimRecord
  /** Whether the journal's write is confirmed; until then a kill loses it, and nothing has left yet. */
  readonly isWritten: boolean
}

/** An outbox of the simplest kind, whose entries survive a kill (`journal`) or do not (`memory`). */
export function simJournal(
  { time, random, faults }: ObjectContext,
  self: Actor,
  kind: 'journal' | 'memory',
  ledger: Ledger,
): SimOutbox {
  const kept = new Map<string, Kept>()
  let copy: readonly (readonly [string, Kept])[] | undefined
  return {
    open(life, pushing) {
      const alive = () => self.life === life
      return {
        load: () => (alive() ? [...kept.values()].map(({ entry }) => entry) : []),
        append(entry) {
          const record = pushing()
          if (!alive() || record === undefined) return undefined
          const key = keyOf(entry)
          kept.set(key, { entry, record, isWritten: kind === 'memory' })
          if (!faults.happens('outbox_full')) {
            if (kind === 'memory') return undefined
            return time.sleep(random() * 8).then(() => {
              const known = kept.get(key)
              if (!alive()) return never<void>()
              if (known !== undefined) kept.set(key, { ...known, isWritten: true })
              return undefined
            })
          }
          // The device finds out only when it writes: the client has gone on meanwhile.
          return time.sleep(random() * 60).then(() => {
            if (alive()) throw new Error('The disk is full.')
            return never<void>()
          })
        },
        async attempt(entries) {
          if (!alive()) return never<void>()
          await whileAlive(self, life, time.sleep(random() * 4))
          for (const entry of entries) {
            const known = kept.get(keyOf(entry))
            if (known !== undefined) kept.set(keyOf(entry), { ...known, entry })
          }
          return undefined
        },
        settle(entries, receipts) {
          if (!alive()) return
          for (const [at, entry] of entries.entries()) {
            const known = kept.get(keyOf(entry))
            const receipt = receipts[at]
            if (known === undefined || receipt === undefined || receipt.code === 'closed') continue
            const { status, code } = receipt
            if (status === 'adopted') throw new Error('Nobody else has an outbox in this world.')
            kept.delete(keyOf(entry))
            ledger.settle(known.record, code === undefined ? { status } : { status, code })
          }
        },
      }
    },
    crash() {
      for (const [key, { record, isWritten }] of kept) {
        if (kind === 'journal' && isWritten) continue
        ledger.lose(record, isWritten ? 'maybe sent' : 'never sent')
        kept.delete(key)
      }
    },
    pending: () => kept.size,
    ...(kind === 'memory'
      ? {}
      : {
          backUp() {
            copy = [...kept].filter(([, { isWritten }]) => isWritten)
          },
          restore() {
            if (copy === undefined) return false
            const restored = new Set(copy.map(([key]) => key))
            for (const [key, { record, isWritten }] of kept) {
              if (!restored.has(key)) ledger.lose(record, isWritten ? 'maybe sent' : 'never sent')
            }
            kept.clear()
            for (const [key, entry] of copy) {
              kept.set(key, entry)
              ledger.reopen(entry.record)
            }
            return true
          },
        }),
  }
}

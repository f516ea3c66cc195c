import { type Client, createClient } from '../../client/client.ts'
import type { Outbox, OutboxEntry } from '../../client/outbox.ts'
import { type Actor, never, whileAlive } from './actor.ts'
import type { Ledger } from './ledger.ts'
import type { Network } from './network.ts'
import type { ObjectContext } from './sim-object.ts'
import { type SimRecord, type SimSource, wireRecord, workspace } from './workload.ts'

/** Whatever pushes records in a run. */
export interface SimSender extends Actor {
  push(source: SimSource, record: SimRecord): void
  /** Records pushed of which nobody has heard yet. */
  pending(): number
  /** Keeps a copy of the journal for a restore later; nothing where there is none to keep. */
  backUp?(): void
  /** The device comes back on the copy: what it heard since is sent again, what it pushed since is gone. */
  restore?(): void
}

interface Kept {
  readonly entry: OutboxEntry
  readonly record: SimRecord
  /** Whether the journal's write is confirmed; until then a kill loses it, and nothing has left yet. */
  readonly isWritten: boolean
}

/**
 * A device: the production client over an outbox whose entries survive a kill (`journal`) or do not
 * (`memory`); it is killed and comes back as another client, with what was kept.
 */
export function simDevice(
  { time, random, faults, trace }: ObjectContext,
  name: string,
  outbox: 'journal' | 'memory',
  network: Network,
  ledger: Ledger,
): SimSender {
  const kept = new Map<string, Kept>()
  let copy: readonly (readonly [string, Kept])[] | undefined
  let client: Client | undefined
  let pushing: SimRecord | undefined
  const keyOf = ({ producer, source, sequence }: OutboxEntry) => `${producer}/${source}/${sequence}`

  const outboxFor = (life: number): Outbox => {
    const alive = () => self.life === life
    return {
      load: () => (alive() ? [...kept.values()].map(({ entry }) => entry) : []),
      append(entry) {
        if (!alive() || pushing === undefined) return undefined
        const record = pushing
        const key = keyOf(entry)
        kept.set(key, { entry, record, isWritten: outbox === 'memory' })
        if (!faults.happens('outbox_full')) {
          if (outbox === 'memory') return undefined
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
  }

  const start = (): Client => {
    const { life } = self
    const started = createClient({
      url: 'http://gateway',
      key: 'unused',
      workspace,
      limits: {
        maxBatchRecords: 4,
        maxInFlight: name.endsWith('1') ? 3 : 1,
        lingerMs: 50,
        requestTimeoutMs: 15_000,
        maxBackoffMs: 4_000,
      },
      outbox: outboxFor(life),
      fetch: async (_url, { body }) => {
        if (typeof body !== 'string') throw new TypeError('No page lives in this world.')
        const { status, headers, text } = await network(self, body)
        return { status, headers, text: async () => text }
      },
      clock: {
        now: () => time.now() + (self.skewMs ?? 0),
        elapsed: () => time.now(),
        after(delayMs, run) {
          let cancelled = false
          time.at(delayMs, () => {
            if (!cancelled && self.life === life) run()
          })
          return () => {
            cancelled = true
          }
        },
      },
      random,
      randomBytes: count => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
    })
    void started.flush()
    return started
  }

  const die = () => {
    self.life++
    client = undefined
    time.at(random() * 2_000, () => {
      client ??= start()
    })
  }

  const self: SimSender = {
    name,
    life: 0,
    gate: () => Promise.resolve(),
    crash() {
      trace(`${name} is killed`)
      for (const [key, { record, isWritten }] of kept) {
        if (outbox === 'journal' && isWritten) continue
        ledger.lose(record, isWritten ? 'maybe sent' : 'never sent')
        kept.delete(key)
      }
      die()
    },
    ...(outbox === 'memory'
      ? {}
      : {
          backUp: () => {
            copy = [...kept].filter(([, { isWritten }]) => isWritten)
          },
          restore() {
            if (copy === undefined) return
            trace(`${name} has its journal restored`)
            const restored = new Set(copy.map(([key]) => key))
            for (const [key, { record, isWritten }] of kept) {
              if (!restored.has(key)) ledger.lose(record, isWritten ? 'maybe sent' : 'never sent')
            }
            kept.clear()
            for (const [key, entry] of copy) {
              kept.set(key, entry)
              ledger.reopen(entry.record)
            }
            die()
          },
        }),
    push(source, record) {
      ledger.push(record)
      client ??= start()
      pushing = record
      client.push(source, wireRecord(record))
      pushing = undefined
    },
    pending: () => kept.size,
  }
  return self
}

import { type Client, createClient } from '../../client/client.ts'
import type { Outbox, OutboxEntry } from '../../client/outbox.ts'
import type { Receipt } from '../../client/receipt.ts'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import { type Actor, never, whileAlive } from './actor.ts'
import type { ObjectContext } from './sim-object.ts'
import type { SimWorker } from './sim-worker.ts'

/** A record as the simulation pushes it: its id is unique in the run. */
export interface SimRecord {
  readonly id: string
  readonly entity: string
  readonly at: string
  readonly n: number
}

export interface SimDevice extends Actor {
  push(record: SimRecord): void
  /** Ids of records whose receipt, in whichever life, said that they are settled so. */
  readonly settled: ReadonlyMap<string, Receipt>
  /** Records pushed and neither settled nor lost with an outbox that never kept them. */
  pending(): number
  close(): void
}

/** A device: the production client over a durable outbox; it is killed and comes back with what it kept. */
export function simDevice(
  { time, random, faults, trace }: ObjectContext,
  name: string,
  source: AnySource,
  workspace: string,
  workers: readonly SimWorker[],
  onSettled: (record: SimRecord, receipt: Receipt) => void,
): SimDevice {
  /** The device's disk: entries in the order of their append, with their record. */
  const disk = new Map<string, { entry: OutboxEntry; record: SimRecord }>()
  const settled = new Map<string, Receipt>()
  let client: Client | undefined
  let pushing: SimRecord | undefined
  const keyOf = ({ producer, source, sequence }: OutboxEntry) => `${producer}/${source}/${sequence}`

  const outboxFor = (life: number): Outbox => {
    const alive = () => self.life === life
    return {
      load: () => [...disk.values()].map(({ entry }) => entry),
      append(entry) {
        if (alive() && pushing !== undefined) disk.set(keyOf(entry), { entry, record: pushing })
      },
      attempt(entries) {
        if (!alive()) return never<void>()
        for (const entry of entries) {
          const kept = disk.get(keyOf(entry))
          if (kept !== undefined) disk.set(keyOf(entry), { ...kept, entry })
        }
        return undefined
      },
      settle(entries, receipts) {
        if (!alive()) return
        for (const [at, entry] of entries.entries()) {
          const kept = disk.get(keyOf(entry))
          const receipt = receipts[at]
          if (kept === undefined || receipt === undefined || receipt.code === 'closed') continue
          disk.delete(keyOf(entry))
          settled.set(kept.record.id, receipt)
          onSettled(kept.record, receipt)
        }
      },
    }
  }

  /** One request over a network that loses, repeats and delays. */
  const send = async (life: number, body: string) => {
    const worker = workers[Math.floor(random() * workers.length)]
    if (worker === undefined) return never<never>()
    const fault = faults.atRequest(name)
    if (fault !== undefined) trace(`${name} request ${fault}`)
    await whileAlive(self, life, time.sleep(1 + random() * 20))
    if (fault === 'lost') throw new Error('The request was lost.')
    if (fault === 'twice') {
      time.at(random() * 3_000, () => void worker.ingest(body).catch(() => undefined))
    }
    const answer = worker.ingest(body)
    // What a killed device sent goes on without it.
    answer.catch(() => undefined)
    const { status, headers, text } = await whileAlive(self, life, answer)
    const delayMs = fault === 'late' ? 45_000 * random() : 20 * random()
    await whileAlive(self, life, time.sleep(1 + delayMs))
    if (fault === 'reply_lost') throw new Error('The reply was lost.')
    return { status, headers, text: async () => text }
  }

  const start = () => {
    const { life } = self
    client = createClient({
      url: 'http://gateway',
      key: 'unused',
      workspace,
      limits: { maxBatchRecords: 4, lingerMs: 50, requestTimeoutMs: 15_000, maxBackoffMs: 4_000 },
      outbox: outboxFor(life),
      fetch: (_url, { body }) => send(life, body),
      clock: {
        now: () => time.now(),
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
    void client.flush()
  }

  const self: SimDevice = {
    name,
    life: 0,
    gate: () => Promise.resolve(),
    settled,
    crash() {
      trace(`${name} is killed`)
      self.life++
      client = undefined
      time.at(random() * 2_000, () => {
        if (client === undefined) start()
      })
    },
    push(record) {
      if (client === undefined) start()
      pushing = record
      const receipt = client?.push(source, { ...record })
      pushing = undefined
      void receipt
    },
    pending: () => disk.size,
    close: () => void client?.close(),
  }
  return self
}

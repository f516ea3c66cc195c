import { createClient } from '../../client/client.ts'
import type { Client } from '../../client/client-contract.ts'
import type { Clock } from '../../client/clock.ts'
import type { Actor } from './actor.ts'
import type { Ledger } from './ledger.ts'
import type { Network } from './network.ts'
import { simJournal } from './sim-journal.ts'
import type { ObjectContext } from './sim-object.ts'
import { simPhoneOutbox } from './sim-phone-outbox.ts'
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

/** An app gathers for so long what it pushes in one turn, on phones; elsewhere it pushes at once. */
const burstMs = 1_500

/**
 * A device: the production client over an outbox whose entries survive a kill (`journal`, or the production
 * outbox of `phone`s) or do not (`memory`); it is killed and comes back as another client, with what was kept.
 */
export function simDevice(
  context: ObjectContext,
  name: string,
  kind: 'journal' | 'phone' | 'memory',
  network: Network,
  ledger: Ledger,
): SimSender {
  const { time, random, trace } = context
  let client: Client | undefined
  let pushing: SimRecord | undefined
  const held: [SimSource, SimRecord][] = []

  const clockOf = (life: number): Clock => ({
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
  })

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
      outbox: outbox.open(life, () => pushing),
      fetch: async (_url, { body }) => {
        if (typeof body !== 'string') throw new TypeError('No page lives in this world.')
        const { status, headers, text } = await network(self, body)
        return { status, headers, text: async () => text }
      },
      clock: clockOf(life),
      random,
      randomBytes: count => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
    })
    void started.flush()
    return started
  }

  /** Pushes in one turn what an app has gathered. */
  const pushHeld = () => {
    client ??= start()
    for (const [source, record] of held.splice(0)) {
      pushing = record
      client.push(source, wireRecord(record))
    }
    pushing = undefined
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
      outbox.crash()
      die()
    },
    push(source, record) {
      ledger.push(record)
      held.push([source, record])
      if (kind !== 'phone') pushHeld()
      else if (held.length === 1) time.at(burstMs, pushHeld)
    },
    pending: () => held.length + outbox.pending(),
  }
  const outbox =
    kind === 'phone'
      ? simPhoneOutbox(context, self, clockOf, ledger)
      : simJournal(context, self, kind, ledger)
  const { backUp, restore } = outbox
  if (!backUp || !restore) return self
  return Object.assign(self, {
    backUp,
    restore() {
      if (!restore()) return
      trace(`${name} has its journal restored`)
      die()
    },
  })
}

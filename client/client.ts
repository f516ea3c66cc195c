import type { AnyField, RecordOf } from '../shared/fields/field.ts'
import { checkPushed } from './check-record.ts'
import { type ClientLimits, clientLimits } from './client-limits.ts'
import { type Clock, systemClock } from './clock.ts'
import { disown } from './disown.ts'
import { createFlusher } from './flusher.ts'
import { createLedger, type Listeners } from './ledger.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import { Pending } from './pending.ts'
import type { Fetch } from './post-batch.ts'
import { createQueue } from './queue.ts'
import type { Receipt } from './receipt.ts'
import {
  type Connectivity,
  deviceConnectivity,
  type Lifecycle,
  pageLifecycle,
} from './surroundings.ts'

/** What can be pushed to: any stream source definition. */
export interface Source {
  readonly name: string
  readonly schema: readonly AnyField[]
}

export interface ClientOptions extends Listeners {
  /** Where the gateway is; records go to `<url>/ingest`. */
  readonly url: string
  readonly key: string
  /** Name of the workspace that the sources are applied in. */
  readonly workspace: string
  readonly limits?: Partial<ClientLimits>
  /** Keeps the records until they are settled, also when this client is no more; only in memory unless given. */
  readonly outbox?: Outbox
  /** Whether bodies are compressed by gzip; those of pages are unless this says otherwise. */
  readonly compress?: boolean
  /** Closes the client at once when it is aborted. */
  readonly signal?: AbortSignal
  readonly fetch?: Fetch
  readonly clock?: Clock
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
  /** Must be unpredictable: a producer's id is a secret. */
  readonly randomBytes?: (count: number) => Uint8Array
  readonly lifecycle?: Lifecycle
  readonly connectivity?: Connectivity
}

export interface ClientStats {
  /** Records pushed but not settled, those in flight among them. */
  readonly pending: number
  readonly inFlight: number
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: number
  readonly dropped: number
  /** Records of a page that was left, which another one of this origin, or this one when it is back, sends. */
  readonly adopted: number
  /** Requests that had to be followed by another for the same records. */
  readonly retries: number
}

export interface Client {
  /**
   * Checks a record and queues it. Never throws for data; `accepted` never rejects and resolves when the
   * record is settled.
   */
  push<S extends Source>(
    source: S,
    record: RecordOf<NoInfer<S>['schema']>,
  ): { readonly accepted: Promise<Receipt> }
  /** Resolves when fewer than `maxPending` records are pending: for a server that reads faster than it sends. */
  ready(): Promise<void>
  /** Sends without lingering; resolves when every record pushed before is settled. O(pending). */
  flush(): Promise<ClientStats>
  /** Takes another key, at once, also for what waits because the old one was refused. */
  setKey(key: string): void
  /** Refuses further records, flushes until `closeTimeoutMs` is over and drops what is left. */
  close(): Promise<ClientStats>
  stats(): ClientStats
}

/** Gives a client, which is one producer. Nothing is sent, and no clock asked, before the first record. */
export function createClient(options: ClientOptions): Client {
  const { clock = systemClock, outbox, randomBytes = cryptoBytes } = options
  const limits = clientLimits(options.limits)
  const queue = createQueue()
  const ledger = createLedger(outbox, queue, options)
  const fetchNow: Fetch = (url, request) => fetch(url, request)
  const gateway = { ...options, fetch: options.fetch ?? fetchNow }
  const flusher = createFlusher({
    workspace: options.workspace,
    gateway,
    limits,
    clock,
    random: options.random ?? Math.random,
    outbox,
    queue,
    ledger,
    connectivity: options.connectivity ?? deviceConnectivity,
  })
  const sequences = new Map<string, number>()
  // Minted with the first record: Workers refuse randomness while a module loads.
  let producer: string | undefined
  let closing: Promise<ClientStats> | undefined
  let isAway = false

  outbox?.own?.({
    adopt: flusher.adopt,
    disown(other, unkept) {
      if (other === producer) forgetProducer()
      for (const pending of disown(queue, ledger, other, unkept)) {
        const { source, text, bytes } = pending.entry
        pending.entry = numbered(source, text, bytes)
        append(pending)
      }
    },
    report: reason => ledger.report(reason, 'outbox'),
  })
  let loaded = load()

  const unwatch = (options.lifecycle ?? pageLifecycle).watch({
    hide: flusher.leave,
    leave() {
      flusher.leave()
      // From here on others may send what this page cannot; so it must never number under that name again.
      if (!outbox?.release) return
      isAway = true
      forgetProducer()
      ledger.disown([...queue.items])
      void release()
    },
    show() {
      if (isAway) loaded = load()
      isAway = false
    },
  })
  options.signal?.addEventListener('abort', () => void close(0))

  /** Takes what earlier clients left. */
  async function load() {
    try {
      flusher.adopt((await outbox?.load()) ?? [])
    } catch (error) {
      ledger.report(`The outbox could not be read: ${error}`)
    }
  }

  async function release() {
    try {
      await outbox?.release?.()
    } catch (error) {
      ledger.report(`The outbox could not be closed: ${error}`)
    }
  }

  function forgetProducer() {
    producer = undefined
    sequences.clear()
  }

  /** Gives a record the next number of its source. */
  function numbered(source: string, text: string, bytes: number): OutboxEntry {
    producer ??= hex(randomBytes(16))
    const sequence = sequences.get(source) ?? 0
    sequences.set(source, sequence + 1)
    return { producer, source, sequence, text, bytes }
  }

  /** Queues a record and gives it to the outbox, which may refuse it. */
  function append(pending: Pending) {
    queue.add(pending)
    if (outbox) {
      const keep = async () => outbox.append(pending.entry)
      pending.kept = keep().catch(error => ledger.drop([pending], full(error), 'outbox'))
    }
    flusher.wake()
    return pending
  }

  function refuse(receipt: Receipt) {
    ledger.refuse(receipt)
    return { accepted: Promise.resolve(receipt) }
  }

  const stats = () => ({ ...ledger.counts, ...flusher.stats() })

  async function flush() {
    await loaded
    await flusher.flush()
    return stats()
  }

  function close(timeoutMs: number) {
    closing ??= (async () => {
      let cancel = () => {}
      const timeout = new Promise<void>(resolve => {
        cancel = clock.after(timeoutMs, resolve)
      })
      await Promise.race([flush(), timeout])
      unwatch()
      flusher.end()
      await Promise.race([release(), timeout])
      cancel()
      return stats()
    })()
    return closing
  }

  return {
    push({ name: source, schema }, record) {
      if (closing)
        return refuse({
          source,
          status: 'dropped',
          code: 'closed',
          reason: 'The client is closed.',
        })
      const checked = checkPushed(schema, record)
      if ('code' in checked) return refuse({ source, status: 'rejected', ...checked })
      const { text, bytes } = checked
      if (queue.bytes() + bytes > limits.maxPendingBytes) {
        const reason = full(`${queue.bytes()} bytes wait`)
        return refuse({ source, status: 'dropped', code: 'outbox', reason })
      }
      return append(new Pending(numbered(source, text, bytes)))
    },
    ready: () => ledger.below(limits.maxPending),
    flush,
    setKey(key) {
      gateway.key = key
      flusher.keyChanged()
    },
    close: () => close(limits.closeTimeoutMs),
    stats,
  }
}

function full(error: unknown): string {
  return `The outbox did not keep the record: ${error}`
}

function cryptoBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

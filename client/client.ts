import type { AnyField, RecordOf } from '../shared/fields/field.ts'
import { createRecordCheck } from './check-record.ts'
import { type ClientLimits, clientLimits } from './client-limits.ts'
import { type Clock, createTime, systemClock } from './clock.ts'
import { createFlusher } from './flusher.ts'
import { createLedger, type Listeners } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import type { Fetch, Gateway } from './post-batch.ts'
import { acceptedOf, createQueue, type Pending, pendingOf } from './queue.ts'
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
  /** Records that another page of this origin sends now. */
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
  const gateway: Gateway = {
    url: `${options.url.replace(/\/+$/, '')}/ingest`,
    key: options.key,
    fetch: options.fetch ?? ((url, request) => fetch(url, request)),
    clock,
    time: createTime(clock),
    timeoutMs: limits.requestTimeoutMs,
    compress: options.compress,
  }
  outbox?.own?.({
    adopt: entries => flusher.adopt(entries),
    disown(other, unkept) {
      if (other === producer) forgetProducer()
      flusher.disown(other, unkept, pending => {
        const { source, text, bytes } = pending.entry
        pending.entry = { ...numbered(source), text, bytes }
        keep(pending)
      })
    },
    report: reason => ledger.report(reason, 'outbox'),
  })
  const flusher = createFlusher({
    workspace: options.workspace,
    gateway,
    limits,
    random: options.random ?? (() => Math.random()),
    outbox,
    queue,
    ledger,
    connectivity: options.connectivity ?? deviceConnectivity,
  })
  const check = createRecordCheck()
  const sequences = new Map<string, number>()
  // Minted with the first record: Workers refuse randomness while a module loads.
  let producer: string | undefined
  let closing: Promise<ClientStats> | undefined
  let isAway = false

  const unwatch = (options.lifecycle ?? pageLifecycle).watch({
    hide: flusher.leave,
    leave() {
      flusher.leave()
      // From here on others may send what this page cannot; so it must never number under that name again.
      if (!outbox?.release) return
      isAway = true
      forgetProducer()
      flusher.lend()
      release()
    },
    show() {
      if (isAway) flusher.load()
      isAway = false
    },
  })
  options.signal?.addEventListener('abort', () => void close(0))

  /** Gives the next number of a source. */
  function numbered(source: string) {
    producer ??= hex(randomBytes(16))
    const sequence = sequences.get(source) ?? 0
    sequences.set(source, sequence + 1)
    return { producer, source, sequence }
  }

  /** Gives a record to the outbox; one that it does not keep is dropped, at once or when it says so. */
  function keep(pending: Pending) {
    const drop = (error: unknown) => ledger.drop([pending], full(error), 'outbox')
    try {
      const kept = outbox?.append(pending.entry)
      if (kept) pending.kept = kept.catch(drop)
    } catch (error) {
      drop(error)
    }
  }

  function forgetProducer() {
    producer = undefined
    sequences.clear()
  }

  function release() {
    const released = async () => outbox?.release?.()
    released().catch(error => ledger.report(`The outbox could not be closed: ${error}`))
  }

  const stats = () => ({ ...ledger.counts, ...flusher.stats() })

  function refuse(receipt: Receipt) {
    ledger.count([receipt])
    return { accepted: Promise.resolve(receipt) }
  }

  async function flush() {
    await flusher.flush()
    return stats()
  }

  function close(timeoutMs: number) {
    closing ??= (async () => {
      let cancel = () => {}
      const timeout = new Promise<void>(resolve => {
        cancel = clock.after(timeoutMs, resolve)
      })
      await Promise.race([flusher.flush(), timeout])
      cancel()
      unwatch()
      flusher.end()
      release()
      return stats()
    })()
    return closing
  }

  return {
    push({ name: source, schema }, record) {
      const dropped = { source, status: 'dropped' } as const
      if (closing) return refuse({ ...dropped, code: 'closed', reason: 'The client is closed.' })
      const checked = check(schema, record)
      if ('code' in checked) return refuse({ source, status: 'rejected', ...checked })
      producer ??= hex(randomBytes(16))
      const sequence = sequences.get(source) ?? 0
      const pending = pendingOf({ producer, source, sequence, ...checked })
      if (queue.bytes() + checked.bytes > limits.maxPendingBytes)
        return refuse({ ...dropped, code: 'outbox', reason: full(`${queue.bytes()} bytes wait`) })
      try {
        const kept = outbox?.append(pending.entry)
        if (kept) pending.kept = kept.catch(error => ledger.drop([pending], full(error), 'outbox'))
      } catch (error) {
        return refuse({ ...dropped, code: 'outbox', reason: full(error) })
      }
      sequences.set(source, sequence + 1)
      flusher.add(pending)
      return {
        get accepted() {
          return acceptedOf(pending)
        },
      }
    },
    ready: () => ledger.below(limits.maxPending),
    flush,
    setKey(key) {
      gateway.key = key
      flusher.wake()
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

import { checkPushed } from './check-record.ts'
import type { Client, ClientOptions, ClientStats } from './client-contract.ts'
import { clientLimits } from './client-limits.ts'
import { systemClock } from './clock.ts'
import { disown } from './disown.ts'
import { createFlusher } from './flusher.ts'
import { createLedger } from './ledger.ts'
import type { OutboxEntry } from './outbox.ts'
import { keyOf, Pending } from './pending.ts'
import type { Fetch } from './post-batch.ts'
import { createQueue } from './queue.ts'
import type { Receipt } from './receipt.ts'
import { deviceConnectivity, pageLifecycle } from './surroundings.ts'

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
  let hurry = () => {}

  outbox?.own?.({
    adopt,
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
  let released = Promise.resolve()
  let loaded = load()

  const unwatch = (options.lifecycle ?? pageLifecycle).watch({
    hide: flusher.leave,
    leave() {
      flusher.leave()
      // From here on others may send what this page cannot; so it must never number under that name again.
      if (!outbox?.release) return
      isAway = true
      forgetProducer()
      const left = [...queue.items]
      // What the outbox has no room for is dropped instead.
      void Promise.all(left.map(({ kept }) => kept)).then(() => ledger.disown(left))
      released = release()
    },
    show() {
      if (isAway) loaded = released.then(load)
      isAway = false
    },
  })
  const { signal } = options
  const abort = () => {
    void close(0)
    hurry()
  }
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()

  /** What comes while the page is away is released with all else. */
  function adopt(entries: readonly OutboxEntry[]) {
    if (!isAway) flusher.adopt(entries)
  }

  /** Takes what earlier clients left. */
  async function load() {
    try {
      adopt((await outbox?.load()) ?? [])
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
      const { entry } = pending
      const keep = async () => outbox.append(entry)
      pending.kept = keep().catch(error => {
        // Under another name by now, it was given to the outbox once more.
        if (keyOf(pending.entry) === keyOf(entry)) ledger.drop([pending], full(error), 'outbox')
      })
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
        hurry = resolve
      })
      await Promise.race([flush(), timeout])
      unwatch()
      signal?.removeEventListener('abort', abort)
      flusher.end()
      await Promise.race([release(), timeout])
      cancel()
      return stats()
    })()
    return closing
  }

  return {
    push(to, record) {
      const source = to.name
      if (closing)
        return refuse({
          source,
          status: 'dropped',
          code: 'closed',
          reason: 'The client is closed.',
        })
      const checked = checkPushed(to, record)
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

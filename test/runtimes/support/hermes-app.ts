import { createClient } from 'tidegate/client'
import { reactNative } from 'tidegate/client/react-native'
import { Field, Int64, String, Timestamp } from 'tidegate/types'
import { asyncStorage } from '../../client/support/async-storage.ts'
import { createModelGateway } from '../../client/support/model-gateway.ts'
import type { PhoneFacts } from './judge-phone.ts'

/** Nothing of this may be needed. */
const absent = [
  ...['crypto', 'TextEncoder', 'TextDecoder', 'structuredClone', 'indexedDB', 'localStorage'],
  ...['CompressionStream', 'BroadcastChannel', 'document', 'URL', 'Response', 'queueMicrotask'],
]

const clicks = {
  name: 'clicks',
  schema: [Field('user', String), Field('n', Int64), Field('at', Timestamp)],
} as const

/** `AppState` of this phone, and its switch. */
function appState() {
  const listeners = new Set<(state: string) => void>()
  return {
    AppState: {
      addEventListener(_: 'change', listen: (state: string) => void) {
        listeners.add(listen)
        return { remove: () => void listeners.delete(listen) }
      },
    },
    turn: (state: string) => {
      for (const listen of [...listeners]) listen(state)
    },
  }
}

let minted = 0
/** Known bytes: nothing here is secret. */
const randomBytes = (count: number) => new Uint8Array(count).fill(++minted)

function sentenceOfMissingBytes(): string {
  try {
    reactNative(appState())
    return 'No sentence.'
  } catch (error) {
    return globalThis.String(error)
  }
}

/** Pushes through lives that end in the midst of sending, over a network that loses requests and replies. */
async function live(): Promise<PhoneFacts> {
  const { stored, ingest } = createModelGateway(() => false, 64)
  const statuses: { [status: string]: number } = {}
  const errors: string[] = []
  const { storage, items } = asyncStorage()
  let pushed = 0
  let kept = 0

  async function oneLife(place: number, isLast: boolean) {
    let requests = 0
    let isDead = false
    // What a dead process still does, it does to a copy.
    const own = isLast ? { storage, items } : asyncStorage()
    for (const [key, text] of items) own.items.set(key, text)
    Object.assign(globalThis, {
      fetch: async (_: string, { body }: { body: string }) => {
        requests += 1
        const fate = (requests + place) % 3
        if (isDead || fate === 1) throw new TypeError('Network request failed')
        const answer = ingest(body)
        if (fate === 2) throw new TypeError('Network request failed')
        return {
          status: answer.status,
          headers: { get: () => null },
          text: async () => JSON.stringify(answer.body),
        }
      },
    })
    const { AppState, turn } = appState()
    const death = new AbortController()
    const client = createClient({
      url: 'https://gateway.test',
      key: 'tg_key',
      workspace: 'prod',
      ...reactNative({ AppState, storage: own.storage, randomBytes }),
      signal: death.signal,
      limits: { lingerMs: 1, maxBatchRecords: 7, maxBackoffMs: 2 },
      onError: ({ reason }) => {
        if (!isDead && !reason.includes('Network request failed')) errors.push(reason)
      },
    })
    await wait()
    kept += client.stats().pending
    for (let n = 0; n < 40; n += 1) {
      // Every fifth is long enough for whatever is faster on long texts.
      const user = `${place}.${n} 🌊${n % 5 ? '' : 'ü'.repeat(2_000)}`
      pushed += 1
      void client
        .push(clicks, { user, n: 9_007_199_254_740_993n, at: new Date(n) })
        .accepted.then(({ status }) => {
          if (!isDead) statuses[status] = (statuses[status] ?? 0) + 1
        })
      if (n % 11 === 0) await wait()
      if (n === 20) turn('background')
      if (n === 25) turn('active')
    }
    await wait()
    if (isLast) {
      await client.flush()
      return void (await client.close())
    }
    isDead = true
    items.clear()
    for (const [key, text] of own.items) items.set(key, text)
    death.abort()
  }

  for (let place = 0; place < 5; place += 1) await oneLife(place, place === 4)
  const distinct = new Set(stored.map(({ record }) => JSON.stringify(record)))
  return {
    engine: engineName(),
    present: absent.filter(name => name in globalThis),
    sentence: sentenceOfMissingBytes(),
    pushed,
    stored: stored.length,
    distinct: distinct.size,
    kept,
    statuses,
    left: [...items.keys()],
    errors,
  }
}

function engineName(): string {
  const { HermesInternal } = Object(globalThis)
  return HermesInternal?.getRuntimeProperties()['OSS Release Version'] ?? 'not Hermes'
}

/** Lets other turns pass. */
function wait() {
  return new Promise<void>(resolve => setTimeout(resolve, 1))
}

live().then(
  facts => Object(globalThis).print(JSON.stringify(facts)),
  error => Object(globalThis).print(`${error}\n${error.stack}`),
)

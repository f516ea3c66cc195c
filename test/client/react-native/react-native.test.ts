import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../../client/index.ts'
import { reactNative } from '../../../client/react-native/react-native.ts'
import { asyncStorage } from '../support/async-storage.ts'
import { hang, scriptedFetch, sequencesOf } from '../support/scripted-fetch.ts'
import { clicks } from '../support/set-up.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

/** `AppState` and `NetInfo` of a phone that a test holds. */
function phone() {
  const listeners = { app: new Set<(state: string) => void>(), net: new Set<NetListener>() }
  let isConnected: boolean | null = true
  return {
    listeners,
    AppState: {
      addEventListener(_: 'change', listen: (state: string) => void) {
        listeners.app.add(listen)
        return { remove: () => void listeners.app.delete(listen) }
      },
    },
    NetInfo: {
      addEventListener(listen: NetListener) {
        listeners.net.add(listen)
        listen({ isConnected })
        return () => void listeners.net.delete(listen)
      },
    },
    turn: (state: string) => {
      for (const listen of listeners.app) listen(state)
    },
    connect(given: boolean | null) {
      isConnected = given
      for (const listen of listeners.net) listen({ isConnected })
    },
  }
}

type NetListener = (state: { readonly isConnected: boolean | null }) => void

const gateway = { url: 'https://gateway.test', key: 'tg_key', workspace: 'prod' }

describe('an app of React Native', () => {
  it('sends at once when it goes to the background, and not when it is merely inactive', async () => {
    const { AppState, turn, listeners } = phone()
    const { storage } = asyncStorage()
    const clock = createVirtualClock()
    const { fetch, requests } = scriptedFetch(clock)
    const client = createClient({ ...gateway, ...reactNative({ AppState, storage }), clock, fetch })
    await clock.turn()
    client.push(clicks, { user: 'u', n: 1 })
    turn('inactive')
    turn('active')
    await clock.turn()
    expect(requests).toHaveLength(0)
    turn('inactive')
    turn('background')
    await clock.turn()
    expect(requests.map(request => sequencesOf(request))).toEqual([[0]])
    turn('active')
    client.push(clicks, { user: 'u', n: 2 })
    const closed = client.close()
    await clock.drain()
    await closed
    // The same producer goes on: nobody else has taken over what a living app holds.
    expect(requests.map(request => sequencesOf(request))).toEqual([[0], [1]])
    expect(new Set(requests.map(({ body }) => body.producer)).size).toBe(1)
    expect(listeners.app.size).toBe(0)
  })

  it('waits for a connection, and sends as soon as there is one', async () => {
    const { AppState, NetInfo, connect, listeners } = phone()
    const clock = createVirtualClock()
    const { fetch, requests } = scriptedFetch(clock)
    connect(false)
    const options = { ...gateway, ...reactNative({ AppState, NetInfo }), clock, fetch }
    const client = createClient({ ...options, random: () => 1 })
    const { accepted } = client.push(clicks, { user: 'u', n: 1 })
    await clock.advance(20_000)
    expect(requests).toHaveLength(0)
    connect(null)
    await clock.turn()
    expect(requests).toHaveLength(1)
    expect(await accepted).toMatchObject({ status: 'accepted' })
    await client.close()
    expect(listeners.net.size).toBe(0)
  })

  it('sends after a restart, under the same numbers, what its storage kept', async () => {
    const { AppState } = phone()
    const { storage } = asyncStorage()
    const clock = createVirtualClock()
    const first = scriptedFetch(clock, [hang])
    const parts = { ...gateway, clock, random: () => 1 }
    const killed = createClient({
      ...parts,
      ...reactNative({ AppState, storage }),
      fetch: first.fetch,
    })
    killed.push(clicks, { user: 'u', n: 1 })
    await clock.advance(5_000)
    const second = scriptedFetch(clock)
    const next = createClient({
      ...parts,
      ...reactNative({ AppState, storage }),
      fetch: second.fetch,
    })
    expect(await next.flush()).toMatchObject({ pending: 0, accepted: 1 })
    expect(second.requests.map(({ text }) => text)).toEqual([
      expect.stringContaining('"records":{}'),
      first.requests[0]?.text,
    ])
  })
})

describe('random bytes', () => {
  /** Takes the global away, as Hermes has none. */
  function withoutCrypto() {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
    onTestFinished(() => {
      if (descriptor) Object.defineProperty(globalThis, 'crypto', descriptor)
      else Reflect.deleteProperty(globalThis, 'crypto')
    })
  }

  it('are asked for in a sentence where there are none', () => {
    withoutCrypto()
    expect(() => reactNative(phone())).toThrow(
      /^React Native has no crypto\.getRandomValues: import react-native-get-random-values first, or .*expo-crypto\.$/,
    )
  })

  it('are taken from what is handed in, or else from a polyfill', () => {
    const bytes = new Uint8Array(16).fill(7)
    withoutCrypto()
    expect(reactNative({ ...phone(), randomBytes: () => bytes }).randomBytes?.(16)).toBe(bytes)
    Object.defineProperty(globalThis, 'crypto', {
      value: { getRandomValues: (given: Uint8Array) => given.fill(3) },
      configurable: true,
    })
    expect(reactNative(phone()).randomBytes?.(2)).toEqual(new Uint8Array(2).fill(3))
  })
})

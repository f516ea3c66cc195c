import { Activity, act, createElement, type ReactNode, StrictMode, useEffect } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { describe, expect, expectTypeOf, inject, it, onTestFinished, vi } from 'vitest'
import {
  type ClientOptions,
  createClient,
  memoryOutbox,
  type Outbox,
} from '../../../client/index.ts'
import {
  type Push,
  TidegateProvider,
  type TidegateProviderProps,
  usePush,
} from '../../../client/react/tidegate-provider.ts'
import { pageWorkspace, clicks as realClicks } from '../../support/page-source.ts'
import { hang, type Step, scriptedFetch } from '../support/scripted-fetch.ts'
import { clicks } from '../support/set-up.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

Object(globalThis).IS_REACT_ACT_ENVIRONMENT = true

/** Options of a client in a still world, and what it uses of that: the lives of clients are counted by it. */
function world(steps: Step[] = [], more: Partial<ClientOptions> = {}) {
  const clock = createVirtualClock()
  const script = scriptedFetch(clock, steps)
  const lives = { begun: 0, ended: 0 }
  let mints = 0
  const options: ClientOptions = {
    url: 'https://gateway.test',
    key: 'tg_key',
    workspace: 'prod',
    compress: false,
    fetch: script.fetch,
    clock,
    random: () => 0.5,
    randomBytes: count => new Uint8Array(count).fill(++mints),
    lifecycle: {
      watch() {
        lives.begun += 1
        return () => {
          lives.ended += 1
        }
      },
    },
    connectivity: { online: () => true, watch: () => () => {} },
    ...more,
  }
  const producers = () => new Set(script.requests.map(({ body }) => body.producer))
  const users = () =>
    script.requests.flatMap(({ body }) =>
      Object.values(body.records).flatMap(all => all.map(({ record }) => Object(record).user)),
    )
  return { options, clock, lives, ...script, producers, users }
}

/** A mounted root of React. */
async function mount(page: ReactNode) {
  const root = createRoot(document.createElement('div'))
  const render = (next: ReactNode) => act(async () => root.render(next))
  const unmount = () => act(async () => root.unmount())
  onTestFinished(unmount)
  await render(page)
  return { render, unmount }
}

const provider = (props: TidegateProviderProps) => createElement(TidegateProvider, props)

/** A component that pushes once it is there, and shows its push function. */
function Pusher({ user, seen }: { user?: string; seen?: Push<typeof clicks>[] }) {
  const push = usePush(clicks)
  seen?.push(push)
  useEffect(() => {
    if (user !== undefined) push({ user, n: 1 })
  }, [push, user])
  return null
}

describe('a client of its own', () => {
  it('opens when it is mounted, sends what children push at once, and closes when it is unmounted', async () => {
    const { options, clock, lives, users, requests } = world()
    const { unmount } = await mount(
      provider({ options, children: createElement(Pusher, { user: 'first' }) }),
    )
    expect(lives).toEqual({ begun: 1, ended: 0 })
    expect(requests).toEqual([])
    await unmount()
    await clock.turn()
    expect(users()).toEqual(['first'])
    expect(lives).toEqual({ begun: 1, ended: 1 })
    expect(clock.armed()).toEqual([])
  })

  it('is one client, one producer and one timer in StrictMode, and lives on', async () => {
    const { options, clock, lives, users, producers } = world()
    const seen: Push<typeof clicks>[] = []
    const child = createElement(Pusher, { user: 'twice', seen })
    const { unmount } = await mount(
      createElement(StrictMode, null, provider({ options, children: child })),
    )
    await clock.turn()
    expect(lives).toEqual({ begun: 1, ended: 0 })
    expect(clock.armed()).toHaveLength(1)
    await clock.advance(5_000)
    seen[0]?.({ user: 'later', n: 2 })
    await unmount()
    await clock.turn()
    // The child's effect ran twice: React's rehearsal is the page's to bear.
    expect(users()).toEqual(['twice', 'twice', 'later'])
    expect(producers().size).toBe(1)
    expect(lives).toEqual({ begun: 1, ended: 1 })
    expect(clock.armed()).toEqual([])
  })

  it('takes another key, and of new options nothing else', async () => {
    const { options, clock, lives, requests } = world()
    const page = (key: string, user: string) =>
      provider({ options: { ...options, key }, children: createElement(Pusher, { user }) })
    const { render } = await mount(page('tg_old', 'a'))
    await clock.advance(5_000)
    await render(page('tg_new', 'b'))
    await clock.advance(5_000)
    expect(requests.map(({ url, headers }) => JSON.stringify([url, headers]))).toEqual([
      expect.stringContaining('tg_old'),
      expect.stringContaining('tg_new'),
    ])
    expect(lives).toEqual({ begun: 1, ended: 0 })
  })

  it('delivers what is pushed after the unmount, and closes again', async () => {
    const { options, clock, lives, users } = world()
    const seen: Push<typeof clicks>[] = []
    const { unmount } = await mount(
      provider({ options, children: createElement(Pusher, { seen }) }),
    )
    await unmount()
    await clock.turn()
    const receipt = seen[0]?.({ user: 'late', n: 3 }).accepted
    await clock.turn()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(users()).toEqual(['late'])
    expect(lives).toEqual({ begun: 2, ended: 2 })
    expect(clock.armed()).toEqual([])
  })

  it('comes back with its outbox only when the client before has let go of that', async () => {
    const calls: string[] = []
    const inner = memoryOutbox()
    const outbox: Outbox = {
      ...inner,
      load() {
        calls.push('load')
        return inner.load()
      },
      release: () => void calls.push('release'),
    }
    const { options, clock, users, lives } = world([hang], { outbox })
    const seen: Push<typeof clicks>[] = []
    const page = (mode: 'visible' | 'hidden') => {
      const children = provider({ options, children: createElement(Pusher, { seen }) })
      return createElement(Activity, { mode, children })
    }
    const { render } = await mount(page('visible'))
    seen[0]?.({ user: 'slow', n: 1 })
    await render(page('hidden'))
    await render(page('visible'))
    const record = { user: 'between', n: 2 }
    const receipt = seen[0]?.(record).accepted
    record.user = 'changed by its owner'
    await clock.turn()
    expect(calls).toEqual(['load'])
    await clock.advance(60_000)
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(calls).toEqual(['load', 'release', 'load'])
    expect(lives).toEqual({ begun: 2, ended: 1 })
    expect(users()).toContain('between')
    expect(users()).not.toContain(record.user)
  })
})

describe('a client handed in', () => {
  it('pushes, and is open when the provider is gone', async () => {
    const { options, clock, lives, users } = world()
    const client = createClient(options)
    const { unmount } = await mount(
      createElement(
        StrictMode,
        null,
        provider({ client, children: createElement(Pusher, { user: 'u' }) }),
      ),
    )
    await unmount()
    await clock.turn()
    expect(lives).toEqual({ begun: 1, ended: 0 })
    client.push(clicks, { user: 'after', n: 1 })
    await client.close()
    expect(users()).toEqual(['u', 'u', 'after'])
  })
})

describe('usePush', () => {
  it('gives the same function in each render', async () => {
    const { options } = world()
    const seen: Push<typeof clicks>[] = []
    const page = () =>
      provider({ options: { ...options }, children: createElement(Pusher, { seen }) })
    const { render } = await mount(page())
    await render(page())
    expect(seen.length).toBeGreaterThan(1)
    expect(new Set(seen).size).toBe(1)
  })

  it('knows the types of its source', () => {
    expectTypeOf<Parameters<Push<typeof realClicks>>[0]>().toExtend<{ user: string }>()
    // @ts-expect-error A field is missing.
    expectTypeOf<Push<typeof realClicks>>().toBeCallableWith({ at: new Date() })
  })

  it('pushes to a real gateway from a page that a server rendered', async () => {
    const receipts: unknown[] = []
    function Button() {
      const push = usePush(realClicks)
      const buy = async () => {
        receipts.push(await push({ user: 'react', at: '2026-01-02T03:04:05Z', n: 7 }).accepted)
      }
      return createElement('p', { onClick: buy }, 'Buy')
    }
    const options = { url: inject('gatewayUrl'), key: inject('pageKey'), workspace: pageWorkspace }
    const page = createElement(
      StrictMode,
      null,
      createElement(TidegateProvider, { options }, createElement(Button)),
    )
    const place = document.createElement('div')
    document.body.append(place)
    onTestFinished(() => place.remove())
    place.innerHTML = renderToString(page)
    const problems: unknown[] = []
    const root = await act(async () =>
      hydrateRoot(place, page, { onRecoverableError: error => problems.push(error) }),
    )
    onTestFinished(() => act(async () => root.unmount()))
    place.querySelector('p')?.click()
    await vi.waitFor(() => expect(receipts).toHaveLength(1), { timeout: 10_000 })
    expect(receipts).toEqual([{ source: 'clicks', sequence: 0, status: 'accepted' }])
    expect(problems).toEqual([])
  })
})

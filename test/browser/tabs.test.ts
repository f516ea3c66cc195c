import { expect, inject, it, onTestFinished, vi } from 'vitest'
import type { Fetch } from '../../client/post-batch.ts'
import { createModelGateway } from '../client/support/model-gateway.ts'
import { reply } from '../client/support/scripted-fetch.ts'
import { pageWorkspace } from '../support/page-source.ts'
import { freshName, inDatabase } from './support/tab.ts'
import type { startTab, TabProgramParts } from './support/tab-program.ts'

const gateway = { url: inject('gatewayUrl'), key: inject('pageKey'), workspace: pageWorkspace }

/** Waits until a check holds: a page takes as long as it takes. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000 })

/** Opens a page of this origin with a client of its own, whose program ends with the page. */
async function openTab(parts: Omit<TabProgramParts, keyof typeof gateway>) {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  onTestFinished(() => frame.remove())
  const script = document.createElement('script')
  script.type = 'module'
  script.src = new URL('./support/tab-program.ts', import.meta.url).href
  frame.contentDocument?.head.append(script)
  const start: typeof startTab = await until(() => {
    const found = Object(frame.contentWindow).startTab
    expect(found).toBeTypeOf('function')
    return found
  })
  return {
    ...start({ ...gateway, ...parts }),
    show: () => frame.contentDocument?.dispatchEvent(new Event('visibilitychange')),
    end: () => frame.remove(),
  }
}

/** A model gateway behind a network that is slow and loses a third of the requests and of the replies. */
function unkindNetwork() {
  const { stored, ingest } = createModelGateway(() => false, 64)
  const sent: { producer: string | undefined }[] = []
  const pause = () => new Promise(resolve => setTimeout(resolve, 5))
  const fetch: Fetch = async (_, { body }) => {
    sent.push({ producer: JSON.parse(`${body}`).producer })
    const fate = sent.length % 3
    if (fate === 1) throw new TypeError('fetch failed')
    await pause()
    const answer = ingest(`${body}`)
    await pause()
    if (fate === 2) throw new TypeError('fetch failed')
    return reply(answer.status, answer.body)
  }
  return { fetch, sent, users: () => stored.map(({ record }) => `${Object(record).user}`) }
}

/** The users of the records that a database holds. */
async function usersIn(name: string): Promise<readonly string[]> {
  let texts: readonly { readonly text: string }[] = []
  await inDatabase(name, entries => {
    const all = entries.getAll()
    all.onsuccess = () => {
      texts = all.result
    }
  })
  return texts.map(({ text }) => JSON.parse(text).user)
}

const usersOf = (tab: number, count: number) =>
  Array.from({ length: count }, (_, n) => `${tab}.${String(n).padStart(3, '0')}`)

it('sends everything exactly once through tabs that are killed while they send', async () => {
  const name = freshName()
  const { fetch, users } = unkindNetwork()
  const pushed: string[] = []
  const open = () => openTab({ name, fetch, isKilled: true })
  let living = await open()
  for (let life = 0; life < 4; life += 1) {
    const [next, other] = [await open(), await open()]
    for (const [place, tab] of [living, next, other].entries())
      for (const user of usersOf(3 * life + place, 25)) {
        tab.push(user)
        pushed.push(user)
      }
    // What was not kept yet dies with its tab; all that is asked for is what was.
    await until(async () => {
      const known = new Set([...(await usersIn(name)), ...users()])
      expect(pushed.filter(user => !known.has(user))).toEqual([])
    })
    living.end()
    other.end()
    living = next
    living.show()
  }
  await until(async () => {
    living.show()
    expect(users().toSorted()).toEqual(pushed.toSorted())
    expect(await usersIn(name)).toEqual([])
  })
  expect(living.errors.filter(reason => !reason.includes('fetch failed'))).toEqual([])
})

it('adopts at once what a tab that is closed could not send', async () => {
  const name = freshName()
  const { fetch, users } = unkindNetwork()
  const offline: Fetch = () => Promise.reject(new TypeError('fetch failed'))
  const closing = await openTab({ name, fetch: offline, isKilled: false })
  const living = await openTab({ name, fetch, isKilled: false })
  for (const user of usersOf(0, 20)) closing.push(user)
  await until(async () => expect(await usersIn(name)).toHaveLength(20))
  closing.end()
  await until(() => {
    living.show()
    expect(users().toSorted()).toEqual(usersOf(0, 20))
  })
})

it('gives up its producer when its lock is stolen, and goes on under another', async () => {
  const name = freshName()
  const { fetch, sent, users } = unkindNetwork()
  let unblock = () => {}
  const isFree = new Promise<void>(resolve => {
    unblock = resolve
  })
  const robbed = await openTab({
    name,
    async fetch(url, request) {
      await isFree
      // Whatever was under way is lost.
      if (`${request.body}`.includes('"0.')) throw new TypeError('fetch failed')
      return fetch(url, request)
    },
    isKilled: true,
  })
  for (const user of usersOf(0, 30)) robbed.push(user)
  await until(async () => expect(await usersIn(name)).toHaveLength(30))
  const { held = [] } = await navigator.locks.query()
  const lock = held.find(one => one.name?.includes(name))?.name ?? ''
  await navigator.locks.request(lock, { steal: true }, async () => {
    await until(() => expect(robbed.client.stats().adopted).toBe(30))
    unblock()
    robbed.push('after')
    await until(() => expect(users()).toEqual(['after']))
  })
  const producers = new Set(sent.map(({ producer }) => producer))
  expect(producers.size).toBe(1)
  expect(lock).not.toContain([...producers][0])
  const heir = await openTab({ name, fetch, isKilled: true })
  await heir.client.flush()
  expect(users().toSorted()).toEqual([...usersOf(0, 30), 'after'])
})

it('sends what it holds, exactly once, when its database is deleted under it', async () => {
  const name = freshName()
  const { fetch, users } = unkindNetwork()
  const tab = await openTab({ name, fetch, isKilled: true })
  const pushed = usersOf(0, 60)
  for (const [place, user] of pushed.entries()) {
    tab.push(user)
    if (place % 20 === 10)
      await new Promise<void>(resolve => {
        indexedDB.deleteDatabase(name).onsuccess = () => resolve()
      })
  }
  expect(await tab.client.flush()).toMatchObject({ pending: 0, dropped: 0, adopted: 0 })
  expect(users().toSorted()).toEqual(pushed)
})

it('tells each record accepted once, whichever tab had it, by a real gateway', async () => {
  const name = freshName()
  const tabs = await Promise.all([0, 1, 2].map(() => openTab({ name, isKilled: true })))
  for (const [place, tab] of tabs.entries())
    for (const user of usersOf(place, 40)) tab.push(`real ${user}`)
  const [killed, ...living] = tabs
  await until(() => expect(killed?.receipts).not.toEqual([]))
  killed?.end()
  await until(async () => {
    for (const tab of living) tab.show()
    for (const tab of living) await tab.client.flush()
    expect(await usersIn(name)).toEqual([])
  })
  const told = tabs.flatMap(({ receipts }) => receipts)
  expect(new Set(told.filter(text => text.endsWith(' accepted'))).size).toBe(
    told.filter(text => text.endsWith(' accepted')).length,
  )
  for (const tab of living) expect(tab.client.stats()).toMatchObject({ pending: 0, dropped: 0 })
})

import { expect, it } from 'vitest'
import { idbOutbox } from '../../client/idb-outbox.ts'
import { entryOf, listen, receiptOf } from '../client/support/outbox-conformance.ts'
import { createVirtualClock } from '../client/support/virtual-clock.ts'
import { freshName, openTab } from './support/tab.ts'

const inMemory = expect.stringContaining('Records are kept in memory only')
const attempted = (n: number) => ({ ...entryOf(n), attemptedAtMs: 1 })

/** An outbox with a clock that stands still; `change` puts something in the way of its database. */
function setUp(change: (factory: IDBFactory) => IDBFactory = factory => factory) {
  const name = freshName()
  const clock = createVirtualClock()
  const tab = openTab()
  const outbox = idbOutbox({
    name,
    indexedDB: change(tab.indexedDB),
    locks: tab.locks,
    clock,
  })
  /** What the next visit finds. */
  const next = async () => {
    tab.kill()
    return idbOutbox({ name }).load()
  }
  return { name, clock, tab, outbox, heard: listen(outbox), next }
}

/** A factory whose `open` is another. */
function withOpen(open: (factory: IDBFactory, name: string) => IDBOpenDBRequest) {
  return (factory: IDBFactory): IDBFactory => ({
    open: name => open(factory, name),
    deleteDatabase: name => factory.deleteDatabase(name),
    databases: () => factory.databases(),
    cmp: (a, b) => factory.cmp(a, b),
  })
}

it.each([
  [
    'throws, as where storage is forbidden',
    () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    },
  ],
  [
    'fails, as in private windows',
    (factory: IDBFactory, name: string) => {
      factory.open(name, 7).onsuccess = event => Object(event.target).result.close()
      return factory.open(name, 3)
    },
  ],
] as const)('goes on in memory where opening %s, and says so once', async (_, open) => {
  const { outbox, heard, clock } = setUp(withOpen(open))
  expect(await outbox.load()).toEqual([])
  for (const n of [0, 1]) await outbox.append(entryOf(n))
  await outbox.attempt([attempted(0), attempted(1)])
  await outbox.settle([attempted(0)], [receiptOf(entryOf(0))])
  expect(heard.reports).toEqual([inMemory])
  await clock.advance(30_000)
  await outbox.append(entryOf(2))
  expect(heard.reports).toHaveLength(1)
  expect(heard.disowned).toEqual([])
})

it('goes on in memory where there is no IndexedDB at all', async () => {
  const outbox = idbOutbox({ indexedDB: Object(undefined), clock: createVirtualClock() })
  const heard = listen(outbox)
  expect(await outbox.load()).toEqual([])
  await outbox.append(entryOf(0))
  await outbox.attempt([attempted(0)])
  expect(heard.reports).toEqual([inMemory])
})

it('goes on in memory after 3 seconds where opening never ends, and saves all when it does', async () => {
  const { name, tab, outbox, heard, clock, next } = setUp()
  // Somebody holds the database open though it shall be deleted: whoever opens it has to wait.
  const holder = await new Promise<IDBDatabase>(resolve => {
    const request = tab.indexedDB.open(name)
    request.onsuccess = () => resolve(request.result)
  })
  await new Promise<void>(resolve => {
    tab.indexedDB.deleteDatabase(name).onblocked = () => resolve()
  })
  const loaded = outbox.load()
  await clock.advance(2_999)
  expect(heard.reports).toEqual([])
  await clock.advance(1)
  expect(await loaded).toEqual([])
  expect(heard.reports).toEqual([inMemory])
  await outbox.append(entryOf(0))
  await outbox.attempt([attempted(0)])
  holder.close()
  await clock.advance(30_000)
  await outbox.append(entryOf(1))
  expect(await next()).toEqual([attempted(0), entryOf(1)])
})

it('saves all that it holds in a new database where the old one was deleted', async () => {
  const { name, outbox, heard, next } = setUp()
  await outbox.load()
  for (const n of [0, 1, 2]) await outbox.append(entryOf(n))
  await outbox.attempt([attempted(0)])
  let wasBlocked = false
  await new Promise<void>(resolve => {
    const request = indexedDB.deleteDatabase(name)
    request.onblocked = () => {
      wasBlocked = true
    }
    request.onsuccess = () => resolve()
  })
  expect(wasBlocked).toBe(false)
  await outbox.attempt([attempted(1)])
  await outbox.settle([attempted(0)], [receiptOf(entryOf(0))])
  await outbox.append(entryOf(3))
  expect(heard).toMatchObject({ reports: [], disowned: [] })
  expect(await next()).toEqual([attempted(1), entryOf(2), entryOf(3)])
})

it('goes on where another program has the database, with other stores', async () => {
  const { name, outbox, heard } = setUp()
  await new Promise<void>(resolve => {
    const request = indexedDB.open(name)
    request.onupgradeneeded = () => request.result.createObjectStore('things')
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
  })
  await outbox.load()
  await outbox.append(entryOf(0))
  await outbox.attempt([attempted(0)])
  expect(heard.reports).toEqual([inMemory])
})

it('keeps what it kept where a store says that the quota is exceeded, and the rest in memory', async () => {
  let isFull = false
  const { tab, outbox, heard, clock, next } = setUp()
  const { IDBObjectStore } = Object(tab.page)
  const { put } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function (...given: unknown[]) {
    if (isFull && this.name === 'entries')
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
    return put.apply(this, given)
  }
  await outbox.load()
  for (const n of [0, 1, 2]) await outbox.append(entryOf(n))
  isFull = true
  await outbox.append(entryOf(3))
  await outbox.attempt([attempted(0), attempted(3)])
  expect(heard.reports).toEqual([inMemory])
  await clock.advance(30_000)
  // A full disk takes no more, but gives up what it has.
  await outbox.settle([attempted(0)], [receiptOf(entryOf(0))])
  isFull = false
  await outbox.append(entryOf(4))
  expect(heard).toMatchObject({ reports: [inMemory], disowned: [] })
  expect(await next()).toEqual([entryOf(1), entryOf(2), attempted(3), entryOf(4)])
})

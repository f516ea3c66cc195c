import { describe, expect, it, vi } from 'vitest'
import { idbOutbox } from '../../client/idb-outbox.ts'
import { entryOf, listen, otherProducer, receiptOf } from '../client/support/outbox-conformance.ts'
import { createVirtualClock } from '../client/support/virtual-clock.ts'
import { freshName, inDatabase, openTab } from './support/tab.ts'

const producer = 'ab'.repeat(16)
/** Waits until a check holds: a page takes as long as it takes. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000 })
const attempted = (n: number) => ({ ...entryOf(n), attemptedAtMs: 1 })
const theirs = (n: number) => ({ ...entryOf(n), producer: otherProducer })

/** Tabs over one database, each with a clock of its own that stands still. */
function tabs(withLocks = true) {
  const name = freshName()
  const open = () => {
    const tab = openTab()
    const clock = createVirtualClock()
    const { indexedDB, locks } = tab
    const outbox = idbOutbox({ name, indexedDB, locks: withLocks ? locks : null, clock })
    return { tab, clock, outbox, heard: listen(outbox) }
  }
  return { name, open }
}

describe.each([true, false])('tabs that share a database, with locks: %s', withLocks => {
  /** Long enough for a lease to end, and for whoever waits to look. */
  const patienceMs = 30_001

  it('leave each other what they own, and adopt it when its tab is gone', async () => {
    const { open } = tabs(withLocks)
    const first = open()
    await first.outbox.load()
    for (const n of [0, 1]) await first.outbox.append(entryOf(n))
    await first.outbox.attempt([attempted(0)])
    const second = open()
    expect(await second.outbox.load()).toEqual([])
    expect(second.clock.armed()).toContain(30_000)
    first.tab.kill()
    await second.clock.advance(patienceMs)
    await until(() => expect(second.heard.adopted).toEqual([attempted(0), entryOf(1)]))
    // The second owns them now: it may note attempts and forget them.
    await second.outbox.attempt([attempted(0), attempted(1)])
    await second.outbox.settle([attempted(0)], [receiptOf(entryOf(0))])
    second.tab.kill()
    const third = open()
    await third.clock.advance(2 * patienceMs)
    expect(await third.outbox.load()).toEqual([attempted(1)])
  })

  it('adopt entries whose owner is noted nowhere, too', async () => {
    const { name, open } = tabs(withLocks)
    const first = open()
    await first.outbox.load()
    for (const entry of [theirs(0), theirs(1), entryOf(2)]) await first.outbox.append(entry)
    first.tab.kill()
    await inDatabase(name, (_, owners) => {
      owners.delete(producer)
      owners.delete(otherProducer)
    })
    const second = open()
    await second.clock.advance(patienceMs)
    const found = await second.outbox.load()
    expect(found).toHaveLength(3)
    expect(found).toEqual(expect.arrayContaining([theirs(0), theirs(1), entryOf(2)]))
    await second.outbox.attempt(found.map(entry => ({ ...entry, attemptedAtMs: 1 })))
    await second.outbox.settle(found, found.map(receiptOf))
    second.tab.kill()
    const third = open()
    await third.clock.advance(2 * patienceMs)
    expect(await third.outbox.load()).toEqual([])
  })

  it('of which two want the same leave it to one', async () => {
    const { open } = tabs(withLocks)
    const dead = open()
    await dead.outbox.load()
    for (let n = 0; n < 20; n += 1) await dead.outbox.append(entryOf(n))
    dead.tab.kill()
    const heirs = [open(), open(), open(), open()]
    for (const { clock } of heirs) await clock.advance(patienceMs)
    const found = await Promise.all(heirs.map(({ outbox }) => outbox.load()))
    expect(found.map(({ length }) => length).sort()).toEqual([0, 0, 0, 20])
  })

  it('adopt at once what is released', async () => {
    const { open } = tabs(withLocks)
    const [first, second] = [open(), open()]
    await first.outbox.append(entryOf(0))
    expect(await second.outbox.load()).toEqual([])
    await first.outbox.release?.()
    expect(await second.outbox.load()).toEqual([entryOf(0)])
    // Who released goes on under another name, and does not get back what another has.
    expect(await first.outbox.load()).toEqual([])
    await first.outbox.append(theirs(0))
    await first.outbox.attempt([theirs(0)])
    expect(first.heard.disowned).toEqual([])
  })

  it('hold nothing that keeps a page out of the cache once they are released', async () => {
    const { open, name } = tabs(withLocks)
    const { outbox, clock } = open()
    await outbox.load()
    await outbox.append(entryOf(0))
    await outbox.release?.()
    const { held = [] } = await navigator.locks.query()
    expect(held.filter(lock => lock.name?.includes(name))).toEqual([])
    expect(clock.armed()).toEqual([])
    let blocked = false
    await new Promise<void>(resolve => {
      const request = indexedDB.deleteDatabase(name)
      request.onblocked = () => {
        blocked = true
      }
      request.onsuccess = () => resolve()
    })
    expect(blocked).toBe(false)
  })

  it('keep no row of a producer whose work is done', async () => {
    const { open, name } = tabs(withLocks)
    const first = open()
    await first.outbox.append(entryOf(0))
    await first.outbox.settle([entryOf(0)], [receiptOf(entryOf(0))])
    await first.outbox.release?.()
    const second = open()
    expect(await second.outbox.load()).toEqual([])
    let rows = -1
    await inDatabase(name, (_, owners) => {
      const count = owners.count()
      count.onsuccess = () => {
        rows = count.result
      }
    })
    expect(rows).toBe(0)
    expect(second.clock.armed()).toEqual([])
  })
})

describe('a tab that lost its lock', () => {
  it('is told, and its attempts and appends fail', async () => {
    const { open, name } = tabs()
    const { outbox, heard } = open()
    await outbox.load()
    await outbox.append(entryOf(0))
    let end = () => {}
    const stolen = navigator.locks.request(
      `tidegate:${name}:${producer}`,
      { steal: true },
      () => new Promise<void>(resolve => (end = resolve)),
    )
    await until(() => expect(heard.disowned).toEqual([producer]))
    await expect((async () => outbox.attempt([attempted(0)]))()).rejects.toThrow('owns')
    await expect((async () => outbox.append(entryOf(1)))()).rejects.toThrow('owns')
    expect(heard.unkept).toEqual([entryOf(1)])
    end()
    await stolen
    // Even if the thief is gone again.
    await expect((async () => outbox.append(entryOf(2)))()).resolves.toBeUndefined()
  })
})

describe('a tab that slept', () => {
  /** The second adopts what the first owns, since its clock says that the lease is over. */
  async function asleep() {
    const { open } = tabs(false)
    const [first, second] = [open(), open()]
    await first.outbox.load()
    for (const n of [0, 1]) await first.outbox.append(entryOf(n))
    second.clock.jump(31_000)
    expect(await second.outbox.load()).toHaveLength(2)
    return { first, second, open }
  }

  it('learns with its next attempt that another owns its records, and sends nothing', async () => {
    const { first } = await asleep()
    await expect((async () => first.outbox.attempt([attempted(0)]))()).rejects.toThrow('owns')
    expect(first.heard.disowned).toEqual([producer])
    expect(first.heard.unkept).toEqual([])
  })

  it('learns with its next append, and is given back what the other does not know', async () => {
    const { first, second } = await asleep()
    await expect((async () => first.outbox.append(entryOf(2)))()).rejects.toThrow('owns')
    expect(first.heard.unkept).toEqual([entryOf(2)])
    await second.outbox.attempt([attempted(0)])
    await first.outbox.append(theirs(0))
    await first.outbox.attempt([theirs(0)])
  })

  it('learns by itself when it renews its lease', async () => {
    const { first } = await asleep()
    await first.clock.advance(5_000)
    await until(() => expect(first.heard.disowned).toEqual([producer]))
  })

  it('learns it too when the other is done and gone', async () => {
    const { first, second, open } = await asleep()
    const entries = [entryOf(0), entryOf(1)]
    await second.outbox.settle(entries, entries.map(receiptOf))
    await second.outbox.release?.()
    expect(await open().outbox.load()).toEqual([])
    await expect((async () => first.outbox.attempt([attempted(0)]))()).rejects.toThrow('owns')
  })

  it('keeps what it owns as long as it renews, however long it owns it', async () => {
    const { open } = tabs(false)
    const [first, second] = [open(), open()]
    await first.outbox.append(entryOf(0))
    for (let turn = 0; turn < 10; turn += 1) {
      const before = first.tab.operations()
      await first.clock.advance(5_000)
      await until(() => expect(first.tab.operations()).toBeGreaterThan(before))
      await second.clock.advance(5_000)
    }
    await until(async () => {
      expect(await second.outbox.load()).toEqual([])
    })
    await first.outbox.attempt([attempted(0)])
  })
})

it('looks for what the dead left when the page is shown', async () => {
  const { open } = tabs()
  const [first, second] = [open(), open()]
  await first.outbox.append(entryOf(0))
  expect(await second.outbox.load()).toEqual([])
  first.tab.kill()
  await until(() => {
    document.dispatchEvent(new Event('visibilitychange'))
    expect(second.heard.adopted).toEqual([entryOf(0)])
  })
  expect(second.clock.armed()).toEqual([])
})

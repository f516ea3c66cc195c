import { describe, expect, it } from 'vitest'
import { mmkvStorage } from '../../client/key-value-storage.ts'
import { storageOutbox } from '../../client/storage-outbox.ts'
import { asyncStorage } from './support/async-storage.ts'
import { entryOf, listen, receiptOf } from './support/outbox-conformance.ts'
import { persistentConformance } from './support/persistent-conformance.ts'
import { createVirtualClock } from './support/virtual-clock.ts'

/** A store like MMKV: it answers at once. */
function mmkv() {
  const items = new Map<string, string>()
  let calls = 0
  const counted = <T>(answer: T): T => {
    calls += 1
    return answer
  }
  return {
    items,
    calls: () => calls,
    store: {
      getString: (key: string) => counted(items.get(key)),
      set: (key: string, value: string) => void counted(items.set(key, value)),
      delete: (key: string) => void counted(items.delete(key)),
      getAllKeys: () => counted([...items.keys()]),
    },
  }
}

async function damage(items: Map<string, string>) {
  for (const [key, text] of items)
    if (text.includes('"sequence":1,')) items.set(key, text.slice(0, -3))
  items.set('tidegate:zzz', 'what is this')
  items.set('another', 'of another program')
}

persistentConformance('storageOutbox over AsyncStorage', bounds => {
  const { storage, items, calls } = asyncStorage()
  return {
    outbox: storageOutbox({ storage, ...bounds }),
    reopen: next => storageOutbox({ storage, ...next }),
    damage: () => damage(items),
    operations: () => calls.length,
  }
})

persistentConformance('storageOutbox over MMKV', bounds => {
  const { store, items, calls } = mmkv()
  const storage = mmkvStorage(store)
  return {
    outbox: storageOutbox({ storage, ...bounds }),
    reopen: next => storageOutbox({ storage, ...next }),
    damage: () => damage(items),
    operations: calls,
  }
})

const keptOnlyInMemory = expect.stringContaining('Records are kept in memory only')

describe('storageOutbox in a store that fails', () => {
  /** An outbox in a store with so many characters of room. */
  async function inFullStore(room: number) {
    const full = asyncStorage({ room })
    const clock = createVirtualClock()
    const outbox = storageOutbox({ storage: full.storage, clock })
    const heard = listen(outbox)
    await outbox.load()
    const next = () => storageOutbox({ storage: full.storage })
    return { ...full, clock, outbox, heard, next }
  }

  it('goes on in memory, says so once, and loses nothing that was kept', async () => {
    const { outbox, heard, next } = await inFullStore(200)
    for (const n of [0, 1, 2, 3]) await outbox.append(entryOf(n))
    expect(heard.reports).toEqual([keptOnlyInMemory])
    // What is in memory only can be sent like all else.
    await outbox.attempt([0, 1, 2, 3].map(n => ({ ...entryOf(n), attemptedAtMs: 1 })))
    expect(heard.reports).toHaveLength(1)
    expect(await next().load()).toEqual([entryOf(0)])
  })

  it('saves all that it holds when there is room again', async () => {
    const { outbox, heard, next, given, clock } = await inFullStore(200)
    for (const n of [0, 1, 2]) await outbox.append(entryOf(n))
    delete given.room
    await outbox.append(entryOf(3))
    expect(await next().load()).toHaveLength(1)
    await clock.advance(30_000)
    await outbox.append(entryOf(4))
    expect(await next().load()).toEqual([0, 1, 2, 3, 4].map(n => entryOf(n)))
    given.room = 0
    await outbox.append(entryOf(5))
    expect(heard.reports).toHaveLength(2)
  })

  it('forgets though there is no room, and what it did not get to forget later', async () => {
    const { outbox, items, clock } = await inFullStore(200)
    for (const n of [0, 1]) await outbox.append(entryOf(n))
    const settle = (n: number) => outbox.settle([entryOf(n)], [receiptOf(entryOf(n))])
    await settle(0)
    expect(items.size).toBe(1)
    await clock.advance(30_000)
    await settle(1)
    expect(items.size).toBe(0)
  })

  it('keeps what cannot be released', async () => {
    const { outbox, given } = await inFullStore(0)
    await outbox.append(entryOf(0))
    await expect(outbox.release?.()).rejects.toThrow('in memory only')
    await outbox.attempt([{ ...entryOf(0), attemptedAtMs: 1 }])
    delete given.room
  })

  it('that cannot be read at first hands over what is found later, and no entry twice', async () => {
    const { storage, items } = asyncStorage()
    const earlier = storageOutbox({ storage })
    for (const n of [0, 1]) await earlier.append(entryOf(n))
    let isSilent = true
    const clock = createVirtualClock()
    const outbox = storageOutbox({
      storage: {
        ...storage,
        getAllKeys: () => {
          if (isSilent) throw new Error('not yet')
          return [...items.keys()]
        },
      },
      clock,
    })
    const heard = listen(outbox)
    expect(await outbox.load()).toEqual([])
    expect(heard.reports).toEqual([keptOnlyInMemory])
    isSilent = false
    await clock.advance(30_000)
    expect(heard.adopted).toEqual([entryOf(0), entryOf(1)])
    expect(clock.armed()).toEqual([])
  })
})

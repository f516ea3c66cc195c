import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PartStore, Ports } from '../../../gateway/ports.ts'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(9)
const crashed = ['intent', 'put', 'swap', 'delete']
const stopping = ['swapped', 'gone', 'journal', 'foreign']
await workspace.apply([...crashed, ...stopping, 'away'].map(name => plainSource(name)))
const { lines } = numbersIn(workspace)
const hours = closedHoursIn(workspace)
const { alarm, alarmWith, fill, closeHour, list, objectsUnder, setTime, sql } = hours

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

const failing = () => Promise.reject(new Error('crash'))
const parts = (ports: Ports, change: (parts: PartStore) => Partial<PartStore>): Ports => ({
  ...ports,
  parts: { ...ports.parts, ...change(ports.parts) },
})
const crashes: { readonly [source: string]: (ports: Ports) => Ports } = {
  intent: ports => parts(ports, () => ({ putNew: failing })),
  put: ports =>
    parts(ports, ({ putNew }) => ({ putNew: (...put) => putNew(...put).then(failing) })),
  swap: ports => {
    let isPut = false
    const changed = parts(ports, ({ putNew }) => ({
      putNew: async (...put) => {
        const stored = await putNew(...put)
        isPut = true
        return stored
      },
    }))
    const transaction = <T>(work: () => T): T => {
      const result = ports.storage.transaction(work)
      if (isPut) throw new Error('crash')
      return result
    }
    return { ...changed, storage: { ...ports.storage, transaction } }
  },
}

describe('a compaction that is cut short', () => {
  it.each(Object.entries(crashes))(
    'after the %s is finished by the next turn: one object, the same rows',
    async (source, crash) => {
      await fill(source, 4, 10)
      vi.setSystemTime(tenOClock + hourMs + 900_000)
      await alarmWith(source, crash)
      expect((await sql(source, 'SELECT name FROM compaction')).length).toBe(
        source === 'swap' ? 0 : 1,
      )
      await evictDurableObject(workspace.catalogue(source))
      expect(await lines(source)).toEqual(firstLines(40))
      expect((await list(source)).parts).toHaveLength(source === 'swap' ? 1 : 4)
      // The failed duty backs off for a second at most.
      vi.setSystemTime(Date.now() + 1_000)
      await alarm(source)
      await evictDurableObject(workspace.catalogue(source))
      const { parts, stopped } = await list(source)
      expect(stopped).toBeUndefined()
      expect(parts.map(({ start, end }) => [start, end])).toEqual([[0, 40]])
      expect(await objectsUnder('compacted', source)).toEqual(parts.map(({ key }) => key))
      expect(await objectsUnder('log', source)).toHaveLength(4)
      expect(await lines(source)).toEqual(firstLines(40))
      vi.setSystemTime(Date.now() + 24 * hourMs)
      await alarm(source)
      expect(await objectsUnder('log', source)).toEqual([])
      expect(await lines(source)).toEqual(firstLines(40))
    },
  )

  it('in the midst of deleting deletes again', async () => {
    await fill('delete', 2, 3)
    await closeHour('delete')
    vi.setSystemTime(Date.now() + 24 * hourMs)
    await alarmWith('delete', ports =>
      parts(ports, store => ({ delete: keys => store.delete(keys).then(failing) })),
    )
    await evictDurableObject(workspace.catalogue('delete'))
    expect(await sql('delete', 'SELECT name FROM retired')).toHaveLength(2)
    vi.setSystemTime(Date.now() + 1_000)
    await alarm('delete')
    expect(await sql('delete', 'SELECT name FROM retired')).toEqual([])
    expect(await lines('delete')).toEqual(firstLines(6))
  })

  it('goes on by itself when the object store is back', async () => {
    await fill('away', 2, 3)
    vi.setSystemTime(tenOClock + hourMs + 900_000)
    for (let times = 0; times < 5; times++) {
      await alarmWith('away', ports => parts(ports, () => ({ get: failing })))
      vi.setSystemTime(Date.now() + 300_000)
    }
    await evictDurableObject(workspace.catalogue('away'))
    await alarm('away')
    const { parts: listed, stopped } = await list('away')
    expect([listed.length, stopped]).toEqual([1, undefined])
  })
})

describe('what is not as it was committed', () => {
  const damage: { readonly [source: string]: (key: string) => Promise<unknown> } = {
    swapped: key => env.LOG.put(key, 'PAR1'),
    gone: key => env.LOG.delete(key),
    journal: () => sql('journal', "UPDATE journal SET digest = 'x' WHERE start_offset = 3"),
    foreign: async () => {
      const [first = ''] = await objectsUnder('log', 'foreign')
      const key = `${first.replace(/^log/, 'compacted').replace(/-[^-]+$/, '')}-0000000000000009-c000001.parquet`
      const bytes = new TextEncoder().encode('something else')
      await env.LOG.put(key, bytes, { sha256: await crypto.subtle.digest('SHA-256', bytes) })
    },
  }
  const reasons: { readonly [source: string]: RegExp } = {
    swapped: /does not have the digest/,
    gone: /is not in the object store/,
    journal: /other records than were committed in \[3, 6\)/,
    foreign: /holds other records than the old parts/,
  }

  it.each(stopping)('stops compactions and touches nothing: %s', async source => {
    await fill(source, 3, 3)
    const before = await list(source)
    await damage[source]?.(before.parts[1]?.key ?? '')
    await closeHour(source)
    const after = await list(source)
    expect(after).toEqual({ ...before, stopped: expect.stringMatching(reasons[source] ?? /^$/) })
    const { json } = await workspace.send(`${workspace.sourcePath(source)}/summary`)
    expect(json).toMatchObject({ parts: 3, rows: 9, stopped: [after.stopped] })
    // Rolls go on; what is there stays there, whatever comes later.
    await fill(source, 2, 3, 9)
    vi.setSystemTime(Date.now() + 48 * hourMs)
    await alarm(source)
    expect((await list(source)).parts).toHaveLength(5)
    expect(await objectsUnder('log', source)).toHaveLength(source === 'gone' ? 4 : 5)
    if (source !== 'foreign') return
    // With what stood in the way gone, an operator lets compactions go on.
    for (const key of await objectsUnder('compacted', source)) await env.LOG.delete(key)
    const resumed = await workspace.send(`${workspace.sourcePath(source)}/resume`, {
      method: 'POST',
    })
    expect(resumed.json).toEqual({ rolls: [], compactions: after.stopped })
    await alarm(source)
    const healed = await list(source)
    expect(healed.stopped).toBeUndefined()
    expect(healed.parts.length).toBeLessThan(5)
  })
})

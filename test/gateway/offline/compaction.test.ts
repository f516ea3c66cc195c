import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { producerOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(8)
const names = ['one', 'hours', 'late', 'large', 'grace', 'retry', 'again', 'sweep', 'parted']
await workspace.apply(names.map(name => plainSource(name, name === 'parted' ? 2 : 1)))
const message = { format: 1 }
const { append, lines } = numbersIn(workspace)
const { alarm, fill, closeHour, list, objectsUnder, setTime } = closedHoursIn(workspace)
const dayMs = 24 * hourMs
const added = '?columns=n,_partition,_offset,_ingest_ts,_version'

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

const rangesOf = async (source: string) =>
  (await list(source)).parts.map(({ start, end }) => [start, end])

describe('compaction', () => {
  it('makes one part of the small ones of a closed hour, with the same rows and columns', async () => {
    await fill('one', 6, 20)
    await append('one', 5, 120)
    const before = await workspace.rows('one', added)
    const old = (await list('one')).parts
    await alarm('one')
    expect(await rangesOf('one')).toHaveLength(6)
    await closeHour('one')
    const { parts, partitions } = await list('one')
    expect(parts).toEqual([
      {
        ...old[0],
        name: '00000-0000000000000000-0000000000000120-c000001.parquet',
        key: expect.stringMatching(
          /^compacted\/v1\/[^/]+\/[^/]+\/dt=2097-01-05\/hr=10\/00000-0{16}-0{13}120-c000001\.parquet$/,
        ),
        end: 120,
        rows: 120,
        bytes: expect.any(Number),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        committedUs: old.at(-1)?.committedUs,
      },
    ])
    expect(partitions).toEqual([{ partition: 0, mark: 119 }])
    expect(await workspace.rows('one', added)).toEqual(before)
    const object = await env.LOG.head(parts[0]?.key ?? '')
    expect(object?.customMetadata).toMatchObject({ start: '0', end: '120', rows: '120' })
    const { json } = await workspace.send(`${workspace.sourcePath('one')}/summary`)
    expect(json).toMatchObject({ rows: 125, expired: 0, tailRows: 5, parts: 1, stopped: [] })
  })

  it('keeps hours apart', async () => {
    await fill('hours', 2, 5)
    vi.setSystemTime(tenOClock + hourMs)
    await fill('hours', 2, 5, 10)
    await closeHour('hours')
    expect(await rangesOf('hours')).toEqual([
      [0, 10],
      [10, 15],
      [15, 20],
    ])
    vi.setSystemTime(tenOClock + 3 * hourMs)
    await alarm('hours')
    expect(await rangesOf('hours')).toEqual([
      [0, 10],
      [10, 20],
    ])
    expect(await lines('hours')).toEqual(firstLines(20))
  })

  it('keeps partitions apart', async () => {
    // Named producers: which partition each goes to is the same in every run.
    const push = (at: number) => workspace.pushNumbered('parted', producerOf(at), [[0, { n: at }]])
    for (let at = 0; at < 12; at++) await push(at)
    const before = await workspace.rows('parted', added)
    for (const partition of [0, 1]) await workspace.partition('parted', partition).roll(message)
    for (let at = 12; at < 24; at++) await push(at)
    for (const partition of [0, 1]) await workspace.partition('parted', partition).roll(message)
    expect((await list('parted')).parts).toHaveLength(4)
    await closeHour('parted')
    const { parts } = await list('parted')
    expect(parts.map(({ partition, start }) => [partition, start])).toEqual([
      [0, 0],
      [1, 0],
    ])
    const after = await workspace.rows('parted', added)
    expect(after).toHaveLength(24)
    expect(after).toEqual(expect.arrayContaining([...before]))
  })

  it('takes up a part of the hour that comes after it was compacted', async () => {
    await fill('late', 3, 5)
    await append('late', 5, 15)
    await closeHour('late')
    expect(await rangesOf('late')).toEqual([[0, 15]])
    await workspace.partition('late').roll(message)
    await alarm('late')
    expect(await rangesOf('late')).toEqual([[0, 20]])
    expect(await lines('late')).toEqual(firstLines(20))
    expect(await objectsUnder('compacted', 'late')).toEqual([
      expect.stringMatching(/15-c000001\.parquet$/),
      expect.stringMatching(/20-c000002\.parquet$/),
    ])
  })

  it('leaves large parts as they are, and fills row groups', async () => {
    await fill('large', 1, 10)
    await fill('large', 1, 10_000, 10)
    await fill('large', 2, 7_000, 10_010)
    await closeHour('large')
    expect(await rangesOf('large')).toEqual([
      [0, 10],
      [10, 10_010],
      [10_010, 24_010],
    ])
    expect(await lines('large')).toEqual(firstLines(24_010))
  })

  it('keeps what it replaced for a day, by its name, and deletes it then', async () => {
    await fill('grace', 3, 4)
    const old = (await list('grace')).parts
    await closeHour('grace')
    const get = (name: string) => workspace.send(`${workspace.sourcePath('grace')}/parts/${name}`)
    const swappedMs = Date.now()
    vi.setSystemTime(swappedMs + dayMs - 1)
    await alarm('grace')
    for (const { name, sha256 } of old) {
      const { status, headers } = await get(name)
      expect([status, headers.get('etag')]).toEqual([200, `"${sha256}"`])
    }
    expect(await objectsUnder('log', 'grace')).toEqual(old.map(({ key }) => key))
    vi.setSystemTime(swappedMs + dayMs)
    await alarm('grace')
    expect(await objectsUnder('log', 'grace')).toEqual([])
    for (const { name } of old) expect((await get(name)).status).toBe(404)
    expect(await lines('grace')).toEqual(firstLines(12))
  })

  it('says already to a commit of a range that was compacted since', async () => {
    await fill('retry', 3, 4)
    const [old] = (await list('retry')).parts
    if (old === undefined) throw new Error('Nothing was rolled.')
    const digest = (await env.LOG.head(old.key))?.customMetadata?.digest ?? ''
    await closeHour('retry')
    const { committedUs: _, ...part } = old
    const commit = (digest: string) =>
      workspace.catalogue('retry').commit({ format: 1, part, digest })
    expect(await commit(digest)).toEqual({ format: 1, outcome: 'already', mark: 11 })
    expect(await commit('other')).toEqual({ format: 1, outcome: 'conflict', mark: 11 })
    expect(await rangesOf('retry')).toEqual([[0, 12]])
  })

  it('deletes once more what a late put has made anew', async () => {
    await fill('again', 2, 4)
    const [old] = (await list('again')).parts
    if (old === undefined) throw new Error('Nothing was rolled.')
    const object = await env.LOG.get(old.key)
    const digest = object?.customMetadata?.digest ?? ''
    const bytes = await object?.arrayBuffer()
    await closeHour('again')
    vi.setSystemTime(Date.now() + dayMs)
    await alarm('again')
    expect(await objectsUnder('log', 'again')).toEqual([])
    await env.LOG.put(old.key, bytes ?? '')
    const { committedUs: _, ...part } = old
    const reply = await workspace.catalogue('again').commit({ format: 1, part, digest })
    expect(reply.outcome).toBe('already')
    vi.setSystemTime(Date.now() + dayMs)
    await alarm('again')
    expect(await objectsUnder('log', 'again')).toEqual([])
    expect(await rangesOf('again')).toEqual([[0, 8]])
  })

  it('is woken by the sweep when its alarm was lost', async () => {
    await fill('sweep', 2, 4)
    const stub = workspace.catalogue('sweep')
    await runInDurableObject(stub, (_, state) => state.storage.deleteAlarm())
    await workspace.registry().sweep(message)
    expect(await runInDurableObject(stub, (_, state) => state.storage.getAlarm())).toBe(
      tenOClock + hourMs + 900_000,
    )
  })
})

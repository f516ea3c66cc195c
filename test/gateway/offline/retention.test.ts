import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readDataFrame } from '../../../gateway/offline/data-frame.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(11)
const sources = ['kept', 'read', 'fresh'].map(name =>
  StreamSource({
    name,
    streamConfig: PushConfig({ logOffline: true, retention: '2d' }),
    schema: [Field('n', Int64)],
  }),
)
await workspace.apply([...sources, plainSource('forever')])
const { append, lines } = numbersIn(workspace)
const { alarm, fill, closeHour, list, objectsUnder, setTime } = closedHoursIn(workspace)
const dayMs = 24 * hourMs

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

const numbers = (first: number, count: number) => firstLines(first + count).slice(first)

describe('a retention', () => {
  it('takes old parts off the list, counts their records and deletes their objects', async () => {
    await fill('kept', 3, 10)
    await closeHour('kept')
    const [old] = (await list('kept')).parts
    vi.setSystemTime(tenOClock + dayMs)
    await fill('kept', 1, 10, 30)
    await append('kept', 5, 40)
    await alarm('kept')
    expect(await lines('kept')).toEqual(firstLines(45))

    vi.setSystemTime((old?.committedUs ?? 0) / 1_000 + 2 * dayMs)
    await alarm('kept')
    expect(await list('kept')).toMatchObject({
      partitions: [{ partition: 0, mark: 39, expired: { end: 30, rows: 30 } }],
      parts: [{ start: 30, end: 40 }],
    })
    expect(await lines('kept')).toEqual(numbers(30, 15))
    const { json } = await workspace.send(`${workspace.sourcePath('kept')}/summary`)
    expect(json).toMatchObject({ rows: 15, expired: 30, tailRows: 5, parts: 1 })
    const audit = await workspace.send(`/api/v1/workspaces/${workspace.name}/audit?deep=true`)
    expect(audit.json).toMatchObject({
      agree: true,
      partitions: expect.arrayContaining([
        expect.objectContaining({ source: 'kept', accepted: 45, stored: 15, expired: 30 }),
      ]),
    })
    const get = async () =>
      (await workspace.send(`${workspace.sourcePath('kept')}/parts/${old?.name}`)).status
    expect(await get()).toBe(200)
    vi.setSystemTime(Date.now() + dayMs)
    await alarm('kept', 6)
    expect(await get()).toBe(404)
    expect(await objectsUnder('compacted', 'kept')).toEqual([])
    // Later ones go too, and offsets count on.
    vi.setSystemTime(Date.now() + 5 * dayMs)
    await alarm('kept', 6)
    expect(await lines('kept')).toEqual(numbers(40, 5))
    await workspace.partition('kept').roll({ format: 1 })
    expect(await list('kept')).toMatchObject({
      partitions: [{ mark: 44, expired: { end: 40, rows: 40 } }],
      parts: [{ start: 40, end: 45 }],
    })
    expect(await lines('kept')).toEqual(numbers(40, 5))
  })

  it('is none where none is declared', async () => {
    await fill('forever', 3, 10)
    await closeHour('forever')
    vi.setSystemTime(tenOClock + 3_650 * dayMs)
    await alarm('forever')
    expect(await lines('forever')).toEqual(firstLines(30))
  })

  it('counts from when records came, not from when they were compacted', async () => {
    await fill('fresh', 2, 10)
    const youngestUs = (await list('fresh')).parts[1]?.committedUs ?? 0
    vi.setSystemTime(tenOClock + dayMs)
    await alarm('fresh')
    expect((await list('fresh')).parts).toMatchObject([{ end: 20, committedUs: youngestUs }])
    vi.setSystemTime(youngestUs / 1_000 + 2 * dayMs - 1)
    await alarm('fresh')
    expect(await lines('fresh')).toEqual(firstLines(20))
    vi.setSystemTime(youngestUs / 1_000 + 2 * dayMs)
    await alarm('fresh')
    expect(await lines('fresh')).toEqual([])
  })

  it('breaks a reader off whose next rows expired, rather than leave them out', async () => {
    await fill('read', 1, 10)
    await append('read', 10, 10)
    const frame = readDataFrame(
      { clock: platformClock, peers: platformPeers(env), parts: platformParts(env.LOG) },
      {
        workspaceId: workspace.workspaceId,
        sourceId: workspace.idOf('stream_source', 'read'),
        fields: [Field('n', Int64)],
        columns: ['n'],
      },
    )
    expect((await frame.next()).done).toBe(false)
    await workspace.partition('read').roll({ format: 1 })
    await runDurableObjectAlarm(workspace.partition('read'))
    vi.setSystemTime(tenOClock + 3 * dayMs)
    await alarm('read')
    expect((await list('read')).parts).toEqual([])
    await expect(frame.next()).rejects.toThrow(/expired meanwhile/)
    const path = `${workspace.sourcePath('read')}/dataframe`
    expect((await workspace.send(`${path}?cut=0:19&after=0:9`)).json).toMatchObject({
      status: 410,
      code: 'expired',
      detail: 'Offsets above 9 of partition 0 expired meanwhile.',
    })
  })
})

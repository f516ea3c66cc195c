import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FeatureViewDefinition } from '../../../shared/definitions/stream-feature-view.ts'
import { Attribute, FeatureService, StreamFeatureView } from '../../../shared/index.ts'
import { Float64, Int64 } from '../../../shared/types.ts'
import { appliedTo } from '../support/apply-later.ts'
import { always, copied, exact, openCopied, service, shape } from '../support/copied-clicks.ts'
import { featuresPorts } from '../support/features-ports.ts'

afterEach(() => {
  vi.useRealTimers()
})

const served = (...rows: unknown[][]) => ({ result: rows.map(features => ({ features })) })
const statuses = (copied: string[], exact: string[]) => ({
  metadata: {
    features: [
      { name: 'copied.n', status: copied },
      { name: 'exact.n', status: exact },
    ],
  },
})

describe('a copy at the edge', () => {
  it('is served to who takes older features, and says how old it is and what it is of', async () => {
    const { push, read, copyComes } = await openCopied(0)
    await push('a', 1)
    const first = await read(['a'])
    expect(first).toMatchObject({
      ...served(['1', '1']),
      ...statuses(['PRESENT'], ['PRESENT']),
    })
    await copyComes('a')
    await push('a', 2)
    const second = await read(['a'])
    expect(second).toMatchObject({
      ...served(['1', '2']),
      metadata: {
        features: [
          { status: ['CACHED_PRESENT'], effectiveTimes: [null], ageSeconds: [expect.any(Number)] },
          { status: ['PRESENT'], effectiveTimes: ['2026-01-02T00:00:02.000000Z'] },
        ],
        marks: [{ copied: { source: 'clicks', cut: '0:0' }, exact: { cut: '0:1' } }],
      },
    })
    expect(second).not.toHaveProperty('metadata.features.0.effectiveTime')
    expect(second).not.toHaveProperty('metadata.features.1.ageSeconds')
    for (const options of [{}, { readFromCache: false, writeToCache: true }]) {
      expect(await read(['a'], options)).toMatchObject(served(['2', '2']))
    }
    const edge = { ...always, aggregationLeadingEdge: 'AGGREGATION_MODE_WALL_CLOCK_TIME' }
    expect(await read(['a'], edge)).toMatchObject(served(['2', '2']))
  })

  it('is of an entity without data, too, and only where one is asked to be written', async () => {
    const { push, read, copyComes, copyOf } = await openCopied(1)
    await read(['nobody', 'b'], { readFromCache: true })
    await read(['nobody'])
    await copyComes('nobody')
    expect(await copyOf('b')).toBeNull()
    await push('nobody', 1)
    expect(await read(['nobody'])).toMatchObject({
      ...served([null, '1']),
      ...statuses(['CACHED_MISSING_DATA'], ['PRESENT']),
    })
    // Where the shard is asked for the view anyway, what it says is taken.
    expect(await read(['nobody', 'b'])).toMatchObject({
      ...served(['1', '1'], [null, null]),
      ...statuses(['PRESENT', 'MISSING_DATA'], ['PRESENT', 'MISSING_DATA']),
    })
  })

  it('is not served once it is older than the view allows', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { push, read, copyComes } = await openCopied(2)
    await push('c', 1)
    await read(['c'])
    await copyComes('c')
    await push('c', 2)
    vi.setSystemTime(Date.now() + 299_000)
    expect(await read(['c'], { readFromCache: true })).toMatchObject({
      ...served(['1', '2']),
      metadata: { features: [{ ageSeconds: [expect.toSatisfy(age => Number(age) >= 299)] }, {}] },
    })
    vi.setSystemTime(Date.now() + 2_000)
    expect(await read(['c'])).toMatchObject({
      ...served(['2', '2']),
      ...statuses(['PRESENT'], ['PRESENT']),
    })
  })

  it('spares the shards what it has', async () => {
    const { workspace, push, read, copyComes, answer } = await openCopied(3)
    await push('d', 1)
    await read(['d'])
    await copyComes('d')
    await push('e', 2)
    const asked: { readonly views: number; readonly keys: readonly string[] }[] = []
    const { peers } = featuresPorts()
    const counting = {
      ...peers,
      shard: (...whose: Parameters<typeof peers.shard>) => {
        const stub = peers.shard(...whose)
        return {
          ...stub,
          read: (message: Parameters<typeof stub.read>[0]) => {
            asked.push({ views: message.viewIds.length, keys: message.keys })
            return stub.read(message)
          },
        }
      },
    }
    const onlyCopied = FeatureService({ name: 'only', features: [copied] })
    const { hash = '' } = await appliedTo(workspace)
    await workspace.apply([service, onlyCopied], hash)
    const only = { featureServiceName: 'only' }
    expect(await answer(['d', 'd'], { peers: counting }, only)).toMatchObject(served(['1'], ['1']))
    expect(asked).toEqual([])
    expect(await answer(['d', 'e'], { peers: counting }, only)).toMatchObject(served(['1'], ['2']))
    expect(asked).toEqual([{ views: 1, keys: ['["e"]'] }])
  })

  it('is another workspace’s never, nor another definition’s', async () => {
    const mine = await openCopied(4)
    const theirs = await openCopied(5)
    await mine.push('f', 1)
    await theirs.push('f', 7)
    for (const { read, copyComes } of [mine, theirs]) {
      await read(['f'])
      await copyComes('f')
    }
    expect(await mine.keyOf('f')).toContain(mine.workspace.workspaceId)
    expect(await mine.read(['f'])).toMatchObject({
      ...served(['1', '1']),
      ...statuses(['CACHED_PRESENT'], ['PRESENT']),
    })
    expect(await theirs.read(['f'])).toMatchObject(served(['7', '7']))

    const viewId = () => mine.workspace.idOf('stream_feature_view', 'copied')
    const apply = async (view: FeatureViewDefinition) => {
      const { hash = '' } = await appliedTo(mine.workspace)
      const both = FeatureService({ name: 'both', features: [view, exact] })
      expect((await mine.workspace.apply([both], hash)).status).toBe(200)
    }
    const shorter = {
      ...shape,
      name: 'copied',
      edgeCache: { maxAge: '5m' },
      ttl: '36500d',
    } as const
    const [key, id] = [await mine.keyOf('f'), viewId()]
    await apply(StreamFeatureView({ ...shorter, features: [Attribute('n', Int64)] }))
    expect([viewId(), (await mine.keyOf('f')) === key]).toEqual([id, false])
    const fresh = { readFromCache: true }
    const patience = { timeout: 20_000 }
    await vi.waitFor(
      async () =>
        expect(await mine.read(['f'], fresh)).toMatchObject(statuses(['PRESENT'], ['PRESENT'])),
      patience,
    )
    const features = [Attribute('n', Int64), Attribute('score', Float64)] as const
    await apply(StreamFeatureView({ ...shorter, features }))
    await vi.waitFor(
      async () =>
        expect(await mine.read(['f'], fresh)).toMatchObject({
          ...served(['1', null, '1']),
          metadata: { features: Array(3).fill({ status: ['PRESENT'] }) },
        }),
      patience,
    )
  })

  it('that is damaged, of another format or not to be had is none', async () => {
    const { push, read, keyOf, answer } = await openCopied(6)
    await push('g', 1)
    const good = {
      format: 1,
      atMs: Date.now(),
      version: 1,
      reading: { status: 'missing' },
      marks: {},
    }
    for (const text of ['{', '{}', JSON.stringify({ ...good, format: 2 })]) {
      await env.FEATURES.put(await keyOf('g'), text)
      expect(await read(['g'], { readFromCache: true })).toMatchObject(served(['1', '1']))
    }
    await env.FEATURES.put(await keyOf('g'), JSON.stringify(good))
    expect(await read(['g'], { readFromCache: true })).toMatchObject(served([null, '1']))

    const reports: string[] = []
    const { copies } = featuresPorts()
    const down = { ...copies, get: () => Promise.reject(new Error('KV is down.')) }
    const answered = await answer(['g'], {
      copies: down,
      report: event => reports.push(event),
    })
    expect(answered).toMatchObject(served(['1', '1']))
    expect(reports).toEqual(['feature copies not read'])
  })

  it('is waited for half of the time, and the shards answer in the other half', async () => {
    const { push, answer } = await openCopied(7)
    await push('h', 1)
    const ports = featuresPorts()
    const slept: number[] = []
    const clock = {
      now: () => 5_000,
      sleep: async (ms: number, until?: AbortSignal) => {
        slept.push(ms)
        // The time for copies is over at once, that for shards never.
        if (slept.length > 1)
          await new Promise(resolve => until?.addEventListener('abort', resolve))
      },
    }
    const silent = { ...ports.copies, get: () => new Promise<never>(() => {}) }
    expect(await answer(['h'], { clock, copies: silent })).toMatchObject(served(['1', '1']))
    expect(slept).toEqual([1_000, 2_000])
  })
})

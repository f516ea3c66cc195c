import { describe, expect, it } from 'vitest'
import { copyingShard } from '../../../gateway/online/copy-writer.ts'
import { decodeCopy } from '../../../gateway/online/feature-copy.ts'
import { featuresPorts } from '../support/features-ports.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

/** A shard whose copies the test lets through one by one, on the test's own clock. */
async function openCopying(at: number) {
  const workspace = testWorkspace(at)
  const clicks = clicksSource()
  await workspace.apply(Object.values(latestClick(clicks)))
  const { peers } = featuresPorts()
  const definitions = await workspace.definitions()
  const [entitySet] = definitions?.entitySets ?? []
  const viewId = workspace.idOf('stream_feature_view', 'latest_clicks')
  const begun: { readonly key: string; readonly n: unknown; end(failure?: Error): void }[] = []
  const reports: string[] = []
  let nowMs = 1_000_000
  const shard = copyingShard(
    peers.shard(workspace.workspaceId, entitySet?.id ?? '', 0),
    workspace.workspaceId,
    {
      clock: { now: () => nowMs, sleep: () => Promise.reject(new Error('Nobody sleeps.')) },
      report: event => reports.push(event),
      copies: {
        get: async () => new Map(),
        put: (key, text, lifeSeconds) => {
          expect(lifeSeconds).toBe(300)
          const [reading] = decodeCopy(text)?.reading.readings ?? []
          const n = reading?.status === 'present' ? reading.state.values[0] : reading?.status
          return new Promise((resolve, reject) => {
            begun.push({ key, n, end: cause => (cause === undefined ? resolve() : reject(cause)) })
          })
        },
      },
    },
  )
  return {
    begun,
    reports,
    push: (user: string, n: number) => workspace.pushRecords('clicks', [click(user, n)]),
    /** Reads entities, and gives the copies that were begun by then. */
    async read(users: readonly string[], copies: object | 'none' = { [viewId]: 300_000 }) {
      const keys = users.map(user => JSON.stringify([user]))
      const wanted = copies === 'none' ? {} : { copies: { ...copies } }
      await shard.read({ format: 1, viewIds: [viewId], keys, ...wanted })
      // A digest is made before a copy is written.
      await scheduler.wait(5)
      return begun.map(({ n }) => n)
    },
    pass(ms: number) {
      nowMs += ms
    },
  }
}

describe('the copies of a shard', () => {
  it('are written where they are asked for, of entities without data too', async () => {
    const { push, read } = await openCopying(0)
    await push('a', 1)
    expect(await read(['a'], 'none')).toEqual([])
    expect(await read(['a'], {})).toEqual([])
    expect(await read(['a', 'nobody'])).toEqual([1, 'missing'])
  })

  it('of one entity are written one after the other, one a second, the newest last', async () => {
    const { begun, push, read, pass } = await openCopying(1)
    await push('a', 1)
    expect(await read(['a'])).toEqual([1])
    await push('a', 2)
    pass(60_000)
    // The first is still under way: it must not end after the second.
    expect(await read(['a'])).toEqual([1])
    begun[0]?.end()
    expect(await read(['a'])).toEqual([1, 2])
    begun[1]?.end()
    await push('a', 3)
    pass(999)
    expect(await read(['a'])).toEqual([1, 2])
    pass(1)
    expect(await read(['a'])).toEqual([1, 2, 3])
    expect(new Set(begun.map(({ key }) => key)).size).toBe(1)
  })

  it('that fail are reported, and the reading is not touched', async () => {
    const { begun, reports, push, read, pass } = await openCopying(2)
    await push('a', 1)
    await read(['a'])
    begun[0]?.end(new Error('KV PUT failed: 429 Too Many Requests'))
    await scheduler.wait(0)
    expect(reports).toEqual(['feature copy not written'])
    pass(1_000)
    expect(await read(['a'])).toEqual([1, 1])
  })

  it('go on after a clock was set back', async () => {
    const { begun, push, read, pass } = await openCopying(3)
    await push('a', 1)
    await read(['a'])
    begun[0]?.end()
    pass(-3_600_000)
    expect(await read(['a'])).toEqual([1, 1])
  })
})

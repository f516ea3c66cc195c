import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

const message = { format: 1 }

afterEach(() => {
  vi.useRealTimers()
})

async function openClicks(at: number, logOffline = true) {
  vi.useFakeTimers({ toFake: ['Date'] })
  const workspace = testWorkspace(at)
  const clicks = clicksSource('clicks', { logOffline })
  const { view, service } = latestClick(clicks)
  await workspace.apply([clicks, view, service])
  const definitions = await workspace.definitions()
  const [{ id: entitySetId } = { id: '' }] = definitions?.entitySets ?? []
  const shard = env.FEATURE_SHARD.getByName(
    objectNames.shard(workspace.workspaceId, entitySetId, 0),
  )
  const partition = workspace.partition('clicks')
  return {
    workspace,
    shard,
    partition,
    /** Whether the partition still holds its first record. */
    holds: async () =>
      (await partition.readTail({ ...message, after: -1, upTo: 0 })).outcome === 'pieces',
    later: (ms: number) => vi.setSystemTime(Date.now() + ms),
    features: async (user: string) => (await workspace.features('clicks_features', { user })).json,
  }
}

describe('forgetting', () => {
  it('waits until the shard would have the records after a restart', async () => {
    const { workspace, shard, partition, holds, later, features } = await openClicks(0)
    await workspace.pushRecords('clicks', [click('a', 1)])
    await partition.roll(message)
    await runDurableObjectAlarm(partition)
    expect((await partition.snapshot(message)).committed).toBe(0)
    expect(await holds()).toBe(true)
    later(6_000)
    await runDurableObjectAlarm(shard)
    await runDurableObjectAlarm(partition)
    expect(await holds()).toBe(false)
    await evictDurableObject(shard)
    await evictDurableObject(partition)
    expect(await features('a')).toEqual({ result: { features: ['1', null] } })
  })

  it('brings a shard up to date that lost what it had not written', async () => {
    const { workspace, shard, partition, holds, later } = await openClicks(1)
    await workspace.pushRecords('clicks', [click('a', 1)])
    await partition.roll(message)
    await evictDurableObject(shard)
    // Nobody reads and nobody appends: the duty alone must get there.
    for (let round = 0; round < 3; round++) {
      later(7_000)
      await runDurableObjectAlarm(partition)
      await runDurableObjectAlarm(shard)
    }
    expect(await holds()).toBe(false)
  })

  it('needs no part where the source keeps no offline log', async () => {
    const { workspace, shard, partition, holds, later, features } = await openClicks(2, false)
    await workspace.pushRecords('clicks', [click('a', 1)])
    later(700_000)
    await runDurableObjectAlarm(partition)
    expect(await holds()).toBe(true)
    await runDurableObjectAlarm(shard)
    later(7_000)
    await runDurableObjectAlarm(partition)
    expect(await holds()).toBe(false)
    await evictDurableObject(shard)
    expect(await features('a')).toEqual({ result: { features: ['1', null] } })
    expect((await env.LOG.list({ prefix: `log/v1/${workspace.workspaceId}` })).objects).toEqual([])
  })

  it('never comes before the part is committed', async () => {
    const { workspace, shard, partition, holds, later } = await openClicks(3)
    await workspace.pushRecords('clicks', [click('a', 1)])
    later(7_000)
    await runDurableObjectAlarm(shard)
    await withPartition(
      workspace,
      'clicks',
      async ({ roll, alarm }) => {
        await roll(message).catch(() => undefined)
        await alarm()
      },
      ports => ({
        ...ports,
        parts: { ...ports.parts, putNew: () => Promise.reject(new Error('the store is away')) },
      }),
    )
    await evictDurableObject(partition)
    expect(await holds()).toBe(true)
  })

  it('drops a segment of nothing but rejections without a part', async () => {
    const { workspace, partition } = await openClicks(4)
    const rejected = [{ sequence: 0, code: 'wrong_type' as const }]
    await partition.append(appendOf(0, 0, { rejected }))
    expect(await partition.roll(message)).toMatchObject({ status: 'empty' })
    await runDurableObjectAlarm(partition)
    const segments = await runInDurableObject(partition, (_, state) =>
      state.storage.sql.exec('SELECT segment FROM segments').toArray(),
    )
    expect(segments).toEqual([{ segment: 1 }])
    expect(await partition.append(appendOf(0, 1))).toMatchObject({
      verdicts: [{ status: 'rejected' }],
    })
    expect((await workspace.catalogue('clicks').list(message)).parts).toEqual([])
  })
})

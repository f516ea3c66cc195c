import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { entityKeyOf, slotOf } from '../../../gateway/online/entity-key.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const message = { format: 1 }
const users = Array.from({ length: 300 }, (_, at) => `user ${at}`)

async function openClicks(at: number) {
  const workspace = testWorkspace(at)
  const clicks = clicksSource()
  await workspace.apply([clicks, ...Object.values(latestClick(clicks))])
  const entitySetId = (await workspace.definitions())?.entitySets[0]?.id ?? ''
  const shardOf = (shard: number) =>
    env.FEATURE_SHARD.getByName(objectNames.shard(workspace.workspaceId, entitySetId, shard))
  const push = (n: number, of: readonly string[] = users) =>
    workspace.pushRecords(
      'clicks',
      of.map(user => click(user, n)),
    )
  const served = async (user: string) => {
    const { json } = await workspace.features('clicks_features', { user })
    return Reflect.get(Object(Reflect.get(Object(json), 'result')), 'features')
  }
  const scale = (shards: number, joinKeys: readonly string[] = ['user']) =>
    workspace.send('/api/v1/workspaces/test/shards', {
      method: 'POST',
      body: JSON.stringify({ protocol: 1, join_keys: joinKeys, shards }),
    })
  const slots = (shard: number) =>
    runInDurableObject(shardOf(shard), (_, { storage }) =>
      storage.sql
        .exec('SELECT DISTINCT slot FROM pages ORDER BY slot')
        .toArray()
        .map(({ slot }) => Number(slot)),
    )
  return { workspace, shardOf, push, served, scale, slots, entitySetId }
}

describe('more shards', () => {
  it('take their slots over with what was folded, and records and reads go on', async () => {
    const { workspace, shardOf, push, served, scale, slots } = await openClicks(8)
    await push(1)
    const before = new Map<string, unknown>()
    for (const user of users.slice(0, 40)) before.set(user, await served(user))
    expect((await scale(2)).json).toMatchObject({ shards: 2, version: 2 })
    await shardOf(1).state(message)
    for (const [user, features] of before) expect(await served(user)).toEqual(features)
    // What was frozen goes once the new shard has told that it has it.
    await runDurableObjectAlarm(shardOf(1))
    expect((await slots(0)).filter(slot => slot % 2 !== 0)).toEqual([])
    expect((await slots(1)).filter(slot => slot % 2 !== 1)).toEqual([])
    expect((await slots(1)).length).toBeGreaterThan(50)

    expect((await scale(8)).status).toBe(200)
    expect((await push(2)).status).toBe(200)
    for (const shard of [0, 3, 5, 7]) await evictDurableObject(shardOf(shard))
    for (const user of users.slice(0, 40)) {
      const features = await served(user)
      expect(features).not.toEqual(before.get(user))
      expect(JSON.stringify(features)).toContain('2')
    }
    const audit = await workspace.send('/api/v1/workspaces/test/audit')
    expect(audit.json).toMatchObject({ agree: true })
    const shown = await workspace.send('/api/v1/workspaces/test/shards')
    expect(shown.json).toEqual({
      entity_sets: [{ join_keys: ['user'], shards: 8, views: ['latest_clicks'] }],
    })
  })

  it('are refused with a sentence where they cannot be', async () => {
    const { scale } = await openClicks(9)
    for (const [shards, joinKeys, sentence] of [
      [3, ['user'], 'power of two'],
      [128, ['user'], 'from 1 to 64'],
      [0, ['user'], 'power of two'],
      [2, ['nobody'], 'No feature view has the join keys nobody; there are user.'],
    ] as const) {
      const { status, text } = await scale(shards, joinKeys)
      expect([status, text]).toEqual([409, expect.stringContaining(sentence)])
    }
    expect((await scale(4)).status).toBe(200)
    expect((await scale(4)).json).toMatchObject({ shards: 4, version: 2 })
    expect((await scale(2)).text).toContain('have 4 shards already')
  })

  it('refuse whoever knows of fewer, and fold nothing of theirs', async () => {
    const { workspace, shardOf, push, scale, entitySetId } = await openClicks(10)
    await push(1, ['a'])
    await scale(2)
    const key = entityKeyOf(['user'], { user: 'a' })
    const owner = slotOf(key) & 1
    const viewIds = [workspace.idOf('stream_feature_view', 'latest_clicks')]
    const ask = { ...message, viewIds, keys: [key] }
    await shardOf(0).read({ ...ask, shards: 2 })
    expect(await shardOf(0).read(ask)).toMatchObject({ moved: 2, readings: [] })
    const [reading] = (await shardOf(owner).read({ ...ask, shards: 2 })).readings
    expect(reading).toMatchObject([{ status: 'present' }])
    const sourceId = workspace.idOf('stream_source', 'clicks')
    const delivered = await shardOf(0).deliver({
      ...message,
      sourceId,
      partition: 0,
      after: 0,
      upTo: 5,
      pieces: [],
      subscriptions: [],
    })
    expect(delivered).toMatchObject({ moved: 2, mark: 0 })
    // A partition that was told so learns the count, and the record is readable at its own shard.
    expect((await push(2, ['a', 'b', 'c', 'd'])).status).toBe(200)
    expect(entitySetId).not.toBe('')
  })

  it('are empty where the shard that had the slots never held anything', async () => {
    const { scale, served, push } = await openClicks(11)
    await scale(4)
    expect(await served('nobody')).toEqual([null, null])
    await push(7, ['x', 'y', 'z'])
    for (const user of ['x', 'y', 'z']) expect(JSON.stringify(await served(user))).toContain('7')
  })
})

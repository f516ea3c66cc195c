import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDefinitionsCache } from '../../../gateway/ingest/definitions-cache.ts'
import { partitionOf } from '../../../gateway/log/routing.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformEdgeCopy, platformRandom } from '../../../gateway/platform/ports.ts'
import { answerIngest } from '../../../gateway/routes/ingest-route.ts'
import { Attribute, StreamFeatureView } from '../../../shared/index.ts'
import { Int64 } from '../../../shared/types.ts'
import { click, clicksSource, latestClick, plainSource, user } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const producers = Array.from({ length: 16 }, (_, index) => index.toString(16).repeat(32))

describe('a registry restored from a backup', () => {
  it('issues what it has above what a partition knows, and records go on', async () => {
    const workspace = testWorkspace(13)
    const { workspaceId } = workspace
    const first = await workspace.apply([plainSource('a')])
    const backup = await runInDurableObject(workspace.registry(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM resolved').one(),
    )
    const hash = String(Reflect.get(Object(first.json), 'hash'))
    const grown = await workspace.apply([plainSource('a', 2)], hash)
    expect(grown.json).toMatchObject({ version: 2 })
    // Its partition is the same before and after the doubling, which the backup does not know of.
    const producer = producers.find(each => partitionOf(each, 2) === 0) ?? ''
    await workspace.pushNumbered('a', producer, [[0, { n: 1 }]])
    const partition = workspace.partition('a')
    await runInDurableObject(workspace.registry(), (_, { storage }) => {
      storage.sql.exec('DELETE FROM applies WHERE version = 2')
      storage.sql.exec('UPDATE resolved SET version = 1, definitions = ?', backup.definitions)
      storage.sql.exec('UPDATE registry SET propagated = 1')
    })
    await evictDurableObject(workspace.registry())
    expect((await workspace.definitions())?.version).toBe(1)

    // A Worker without a memory, far from any copy of what was lost.
    const peers = platformPeers(env)
    const edge = { get: async () => undefined, put: async () => {} }
    const clock = platformClock
    const definitions = createDefinitionsCache({ clock, edge, peers, report: () => {} })
    const body = {
      protocol: 1,
      workspace_name: 'test',
      producer,
      records: { a: [{ record: { n: 2 }, sequence: 1 }] },
    }
    const reply = await answerIngest(
      { clock, random: platformRandom, peers, definitions },
      new Request('https://gateway.example/ingest', {
        method: 'POST',
        body: JSON.stringify(body),
      }),
      { kind: 'ingest', workspaceId, keyId: 'key' },
    )
    expect(reply.status).toBe(200)
    const issued = await workspace.definitions()
    expect(issued?.version).toBe(3)
    expect(issued?.sources[0]).toMatchObject({ partitions: 1, version: 3 })
    expect((await partition.snapshot({ format: 1 })).last).toBeGreaterThanOrEqual(0)
    // Whoever says the same again changes nothing.
    await workspace.registry().definitions({ format: 1, seen: 2 })
    expect((await workspace.definitions())?.version).toBe(3)
  })

  it('issues above what Workers and the edge hold: what it lost is no source, and what comes is another', async () => {
    const workspace = testWorkspace(14)
    const { workspaceId } = workspace
    const first = await workspace.apply([plainSource('a')])
    const backup = await runInDurableObject(workspace.registry(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM resolved').one(),
    )
    const hash = String(Reflect.get(Object(first.json), 'hash'))
    await workspace.apply([plainSource('a'), plainSource('late')], hash)
    const lateId = workspace.idOf('stream_source', 'late')
    const peers = platformPeers(env)
    const held = JSON.stringify(await peers.registry(workspaceId).definitions({ format: 1 }))
    await runInDurableObject(workspace.registry(), (_, { storage }) => {
      storage.sql.exec('DELETE FROM applies WHERE version = 2')
      storage.sql.exec('UPDATE resolved SET version = 1, definitions = ?', backup.definitions)
      storage.sql.exec('UPDATE registry SET propagated = 1')
    })
    await evictDurableObject(workspace.registry())

    const edge = { get: async () => held, put: async () => {} }
    const clock = platformClock
    const definitions = createDefinitionsCache({ clock, edge, peers, report: () => {} })
    const push = () =>
      answerIngest(
        { clock, random: platformRandom, peers, definitions },
        new Request('https://gateway.example/ingest', {
          method: 'POST',
          body: JSON.stringify({
            workspace_name: 'test',
            records: { late: [{ record: { n: 2 } }] },
          }),
        }),
        { kind: 'ingest', workspaceId, keyId: 'key' },
      )
    // Its partition, reached for the first time, knows of nobody who declares it.
    await expect(push()).rejects.toMatchObject({ code: 'conflict' })
    expect(await workspace.definitions()).toMatchObject({ version: 3, sources: [{ name: 'a' }] })
    const again = await workspace.apply([plainSource('a'), plainSource('late')], hash)
    expect(again.json).toMatchObject({ version: 4 })
    expect(workspace.idOf('stream_source', 'late')).not.toBe(lateId)
    expect((await push()).status).toBe(200)
    expect(await workspace.rows('late')).toMatchObject([{ n: 2 }])
  })

  it('never gives a version that the edge copy has to other definitions', async () => {
    const workspace = testWorkspace(15)
    const first = await workspace.apply([plainSource('a')])
    const backup = await runInDurableObject(workspace.registry(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM resolved').one(),
    )
    const hash = String(Reflect.get(Object(first.json), 'hash'))
    await workspace.apply([plainSource('a'), plainSource('late')], hash)
    await workspace.pushRecords('late', [{ n: 1 }])
    const { workspaceId } = workspace
    const copy = () => platformEdgeCopy(env.DEFINITIONS).get(workspaceId)
    await expect.poll(copy).toContain('"version":2')
    await runInDurableObject(workspace.registry(), (_, { storage }) => {
      storage.sql.exec('DELETE FROM applies WHERE version = 2')
      storage.sql.exec('UPDATE resolved SET version = 1, definitions = ?', backup.definitions)
      storage.sql.exec('UPDATE registry SET propagated = 1')
    })
    await evictDurableObject(workspace.registry())
    const again = await workspace.apply([plainSource('a'), plainSource('late')], hash)
    expect(again.status).toBe(200)
    expect((await workspace.pushRecords('late', [{ n: 2 }])).status).toBe(200)
    expect(await workspace.rows('late')).toMatchObject([{ n: 2 }])
  })

  it('folds a view anew that it has again: what was deleted meanwhile lacks records', async () => {
    const workspace = testWorkspace(16)
    const clicks = clicksSource()
    const { service } = latestClick(clicks)
    const other = StreamFeatureView({
      name: 'other',
      source: clicks,
      entities: [user],
      features: [Attribute('n', Int64)],
    })
    const first = await workspace.apply([service, other])
    await workspace.pushRecords('clicks', [click('a', 1), click('b', 1)])
    const backup = await runInDurableObject(workspace.registry(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM resolved').one(),
    )
    const hash = String(Reflect.get(Object(first.json), 'hash'))
    await workspace.apply([clicks, other], hash)
    await workspace.pushRecords('clicks', [click('a', 2)])
    await runInDurableObject(workspace.registry(), (_, { storage }) => {
      storage.sql.exec('DELETE FROM applies WHERE version = 2')
      storage.sql.exec('UPDATE resolved SET version = 1, definitions = ?', backup.definitions)
      storage.sql.exec('UPDATE registry SET propagated = 1')
    })
    await evictDurableObject(workspace.registry())
    await workspace.registry().definitions({ format: 1, seen: 2 })
    const read = async (name: string) => {
      const { json } = await workspace.features(
        'clicks_features',
        { user: name },
        { includeServingStatus: true },
      )
      return JSON.stringify(json)
    }
    const seen: string[] = []
    await expect
      .poll(async () => {
        const text = await read('a')
        seen.push(text)
        return text
      })
      .toContain('["2"')
    expect(await read('b')).toContain('["1"')
    expect(seen.filter(text => text.includes('["1"'))).toEqual([])
  })
})

import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDefinitionsCache } from '../../../gateway/ingest/definitions-cache.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformRandom } from '../../../gateway/platform/ports.ts'
import { answerIngest } from '../../../gateway/routes/ingest-route.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

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
    await workspace.pushRecords('a', [{ n: 1 }])
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
    const body = { workspace_name: 'test', records: { a: [{ record: { n: 2 } }] } }
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
})

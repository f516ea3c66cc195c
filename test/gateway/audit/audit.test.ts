import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { auditWorkspace } from '../../../gateway/audit/audit-workspace.ts'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { damageCatalogue, damagePartition, replaceObject } from '../support/damage.ts'
import { failingOnce } from '../support/failing-once.ts'
import { numbersIn } from '../support/numbers.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(14)
const clicks = clicksSource()
const unlogged = clicksSource('unlogged', { logOffline: false })
const latest = [clicks, unlogged].map(source => latestClick(source))
const names = ['busy', 'row', 'stored', 'listed', 'journalled', 'marked']
await workspace.apply([
  clicks,
  unlogged,
  ...latest.flatMap(({ view, service }) => [view, service]),
  plainSource('spread', 4),
  ...names.map(name => plainSource(name)),
])
const message = { format: 1 }
const { append, objects } = numbersIn(workspace)

const auditSchema = v.object({
  agree: v.boolean(),
  partitions: v.array(
    v.looseObject({
      source: v.string(),
      partition: v.number(),
      accepted: v.number(),
      stored: v.number(),
      inTail: v.number(),
      inParts: v.number(),
      applied: v.array(v.looseObject({ mark: v.number(), durable: v.number() })),
      wrong: v.array(v.string()),
    }),
  ),
})

async function audit(query = '') {
  const { status, json } = await workspace.send(`/api/v1/workspaces/test/audit${query}`)
  expect(status).toBe(200)
  return v.parse(auditSchema, json)
}

async function auditOf(source: string, query = '') {
  const { partitions } = await audit(query)
  return partitions.filter(at => at.source === source)
}

describe('an audit', () => {
  it('agrees with a workspace that nothing was pushed to', async () => {
    const { agree, partitions } = await audit('?deep=true')
    expect(agree).toBe(true)
    expect(partitions).toHaveLength(12)
  })

  it('agrees although each object that it asks first fails', async () => {
    const failing = failingOnce()
    const peers = platformPeers(env)
    const applied = await workspace.definitions()
    if (applied === undefined) throw new Error('Nothing was applied.')
    const ports = {
      clock: platformClock,
      parts: platformParts(env.LOG),
      peers: {
        ...peers,
        partition: (...ids: Parameters<typeof peers.partition>) =>
          failing.of(peers.partition(...ids), 'snapshot', `partition ${ids}`),
      },
    }
    expect(await auditWorkspace(ports, compileDefinitions(applied), false)).toMatchObject({
      agree: true,
    })
    expect(failing.failures()).toBe(12)
  })

  it('counts what is in parts and what is in the tail, and asks the shards', async () => {
    await workspace.pushRecords('clicks', [click('a', 1), click('b', 2), click('c', 3)])
    await workspace.partition('clicks').roll(message)
    await workspace.pushRecords('clicks', [click('a', 4), click('b', 5)])
    expect(await auditOf('clicks', '?deep=true')).toMatchObject([
      {
        accepted: 5,
        stored: 5,
        inParts: 3,
        inTail: 2,
        mark: 2,
        parts: 1,
        applied: [{ mark: 4, durable: -1, withheld: [] }],
        wrong: [],
      },
    ])
  })

  it('counts the tail of a source that is not logged', async () => {
    await workspace.pushRecords('unlogged', [click('a', 1)])
    expect(await auditOf('unlogged')).toMatchObject([{ accepted: 1, stored: 1, wrong: [] }])
  })

  it('looks at every partition', async () => {
    for (let producer = 0; producer < 16; producer++) {
      await workspace.pushRecords('spread', [{ n: producer }])
    }
    const partitions = await auditOf('spread')
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
    expect(partitions.reduce((sum, { stored }) => sum + stored, 0)).toBe(16)
  })

  it('agrees while records come and rolls go on', async () => {
    let more = true
    const pushing = (async () => {
      for (let at = 0; more; at += 50) {
        await append('busy', 50, at)
        if (at % 200 === 0) await workspace.partition('busy').roll(message)
      }
    })()
    for (let times = 0; times < 8; times++) {
      const [busy] = await auditOf('busy')
      expect(busy?.wrong).toEqual([])
      expect(busy?.stored).toBe(busy?.accepted)
    }
    more = false
    await pushing
  })

  it('agrees after restarts', async () => {
    await evictDurableObject(workspace.partition('clicks'))
    await evictDurableObject(workspace.catalogue('clicks'))
    expect((await auditOf('clicks'))[0]?.wrong).toEqual([])
  })

  it('finds a damaged row', async () => {
    await append('row', 4)
    await damagePartition(workspace, 'row', "UPDATE segment_0 SET body = replace(body, '2', '3')")
    const [row] = await auditOf('row')
    expect(row).toMatchObject({ accepted: 4, stored: 0 })
    expect(row?.wrong.join('\n')).toMatch(/records \[0, 4\) .* are damaged/)
    expect((await audit()).agree).toBe(false)
    expect((await auditOf('row'))[0]?.wrong.join('\n')).toMatch(/stopped: /)
  })

  it('finds a damaged part where it is asked to read them', async () => {
    await append('stored', 4)
    await workspace.partition('stored').roll(message)
    const [object] = await objects('stored')
    await replaceObject(object?.key ?? '', bytes => bytes.fill(0, 20, 30))
    expect((await auditOf('stored'))[0]?.wrong).toEqual([])
    expect((await auditOf('stored', '?deep=true'))[0]?.wrong).toEqual([
      expect.stringMatching(/^The part .* does not have the digest/),
    ])
  })

  it.each([
    ['listed', 'DELETE FROM parts', /4 records should be stored and 0 are/],
    ['journalled', 'DELETE FROM journal', /ranges of the journal reach offset -1/],
    ['marked', 'UPDATE partitions SET mark = 1', /mark is 1 and the partition's 3/],
  ])('finds a catalogue that lost something: %s', async (source, statement, sentence) => {
    await append(source, 4)
    await workspace.partition(source).roll(message)
    await damageCatalogue(workspace, source, statement)
    expect((await auditOf(source))[0]?.wrong.join('\n')).toMatch(sentence)
  })

  it('is for admins of this workspace only', async () => {
    const path = '/api/v1/workspaces/test/audit'
    expect((await workspace.send(path, {}, workspace.ingestKey)).status).toBe(403)
    expect((await workspace.send('/api/v1/workspaces/other/audit')).status).toBe(404)
  })
})

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import { canonicalOf, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const message = { format: 1 }
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const hashOf = (reply: { readonly json: unknown }) => {
  const { json } = reply
  return typeof json === 'object' && json !== null && 'hash' in json ? `${json.hash}` : ''
}

describe('apply', () => {
  it('creates the workspace, tells what it made, and is read back', async () => {
    const workspace = testWorkspace(0)
    expect((await workspace.send('/api/v1/workspaces/test/definitions')).status).toBe(404)
    const reply = await workspace.apply([clicks, view, service])
    expect(reply.status).toBe(200)
    expect(reply.json).toMatchObject({
      workspace: 'test',
      version: 1,
      changes: [
        {
          action: 'create',
          kind: 'stream_source',
          name: 'clicks',
          id: expect.stringMatching(/^[a-z2-7]{12}$/),
        },
        { action: 'create', kind: 'entity', name: 'user' },
        { action: 'create', kind: 'stream_feature_view', name: 'latest_clicks' },
        { action: 'create', kind: 'feature_service', name: 'clicks_features' },
      ],
    })
    const read = await workspace.send('/api/v1/workspaces/test/definitions')
    expect(read.json).toEqual({
      workspace: 'test',
      version: 1,
      hash: hashOf(reply),
      definitions: JSON.parse(canonicalOf('test', [clicks, view, service])),
    })
  })

  it('repeated makes no version and keeps every id, whatever hash it expects', async () => {
    const workspace = testWorkspace(1)
    const first = await workspace.apply([clicks, view, service])
    for (const expected of [null, hashOf(first), '0'.repeat(64)]) {
      const { json } = await workspace.apply([service, view, clicks], expected)
      expect(json).toMatchObject({ version: 1, hash: hashOf(first) })
      expect(JSON.stringify(json)).not.toContain('create')
    }
    await evictDurableObject(workspace.registry())
    const { json } = await workspace.apply([clicks, view, service])
    expect(json).toMatchObject({
      version: 1,
      changes: [{ action: 'none', id: workspace.idOf('stream_source', 'clicks') }, {}, {}, {}],
    })
  })

  it('adds to what is there, and keeps the ids of that', async () => {
    const workspace = testWorkspace(2)
    const first = await workspace.apply([clicks, view, service])
    const id = workspace.idOf('stream_source', 'clicks')
    const { json } = await workspace.apply(
      [clicks, view, service, plainSource('more')],
      hashOf(first),
    )
    expect(json).toMatchObject({ version: 2 })
    expect(workspace.idOf('stream_source', 'clicks')).toBe(id)
    // A source that did not change keeps its version, so that nobody need be told.
    const definitions = await workspace.definitions()
    expect(definitions?.sources.map(({ name, version }) => [name, version])).toEqual([
      ['clicks', 1],
      ['more', 2],
    ])
  })

  it('expecting another hash than the present one is a conflict', async () => {
    const workspace = testWorkspace(3)
    const first = await workspace.apply([clicks])
    for (const expected of [null, '0'.repeat(64)]) {
      const { status, json } = await workspace.apply([clicks, plainSource('more')], expected)
      expect(status).toBe(409)
      expect(json).toMatchObject({
        code: 'conflict',
        detail: expect.stringContaining(hashOf(first)),
      })
    }
  })

  it('by several at once is won by one', async () => {
    const workspace = testWorkspace(7)
    const names = ['a', 'b', 'c', 'd', 'e']
    const replies = await Promise.all(names.map(name => workspace.apply([plainSource(name)])))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409])
    const definitions = await workspace.definitions()
    expect(definitions?.version).toBe(1)
    expect(definitions?.sources).toHaveLength(1)
  })

  it('writes the edge copy and tells partitions and catalogue', async () => {
    const workspace = testWorkspace(8)
    const { name } = plainSource('spread', 2)
    const first = await workspace.apply([plainSource(name, 2)])
    // The objects of a new source ask by themselves when they are first reached; those of a known one are told.
    await workspace.apply([plainSource(name, 4)], hashOf(first))
    await expect
      .poll(async () => {
        await runDurableObjectAlarm(workspace.registry())
        const copy = await env.DEFINITIONS.get(`definitions/v1/${workspace.workspaceId}`)
        return JSON.parse(copy ?? '')
      })
      .toEqual(await workspace.definitions())
    const list = await workspace.catalogue(name).list(message)
    expect(list.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
    const known = await runInDurableObject(workspace.partition(name, 3), (_, state) =>
      state.storage.sql.exec('SELECT version FROM definition').one(),
    )
    expect(known).toEqual({ version: 2 })
  })

  it('brings the edge copy to the latest when applies follow each other within a second', async () => {
    const workspace = testWorkspace(9)
    const first = await workspace.apply([plainSource('a')])
    await workspace.apply([plainSource('a'), plainSource('b')], hashOf(first))
    await expect
      .poll(async () => {
        await runDurableObjectAlarm(workspace.registry())
        const copy = await env.DEFINITIONS.get(`definitions/v1/${workspace.workspaceId}`)
        return JSON.parse(copy ?? '{}').version
      })
      .toBe(2)
  })

  it('refuses what is malformed or of another workspace', async () => {
    const workspace = testWorkspace(10)
    const post = (body: unknown, name = 'test') =>
      workspace.send(`/api/v1/workspaces/${name}/apply`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    const definitions = JSON.parse(canonicalOf('test', [clicks]))
    const good = { protocol: 1, expected_hash: null, definitions }
    const refused: readonly (readonly [unknown, string])[] = [
      ['{', 'malformed_request'],
      [{}, 'malformed_request'],
      [{ ...good, protocol: 2 }, 'malformed_request'],
      [{ ...good, expected_hash: 'x' }, 'malformed_request'],
      [{ protocol: 1, expected_hash: null }, 'malformed_request'],
      [{ ...good, definitions: null }, 'invalid_definitions'],
      [{ ...good, definitions: { ...definitions, format: 2 } }, 'invalid_definitions'],
      [{ ...good, definitions: { ...definitions, extra: 1 } }, 'invalid_definitions'],
      [
        { ...good, definitions: { ...definitions, sources: [{ name: 'a b' }] } },
        'invalid_definitions',
      ],
    ]
    for (const [body, code] of refused) {
      const { status, json } = await post(body)
      expect([code, status]).toEqual([code, 400])
      expect(json).toMatchObject({ code })
    }
    expect((await post(good, 'other')).json).toMatchObject({ code: 'invalid_definitions' })
    expect(await workspace.definitions()).toBeUndefined()
    expect((await post(good)).status).toBe(200)
    expect((await post(good, 'other')).status).toBe(404)
  })

  it('keeps a source apart that has no view but many columns', async () => {
    const workspace = testWorkspace(11)
    const source = StreamSource({
      name: 'bare',
      streamConfig: PushConfig({ logOffline: true }),
      schema: Array.from({ length: 256 }, (_, at) => Field(`f${at}`, Int64, { nullable: true })),
    })
    await workspace.apply([source])
    expect((await workspace.pushRecords('bare', [{}])).status).toBe(200)
    expect(await workspace.rows('bare', '?columns=f0,f255')).toEqual([{ f0: null, f255: null }])
  })
})

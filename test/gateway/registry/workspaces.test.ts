import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { type TestWorkspace, testWorkspace } from '../support/test-workspace.ts'

const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const path = '/api/v1/workspaces/test'
const put = (workspace: TestWorkspace, body: object, at = path) =>
  workspace.send(at, { method: 'PUT', body: JSON.stringify({ protocol: 1, ...body }) })
const rollback = (workspace: TestWorkspace, body: object) =>
  workspace.send(`${path}/rollback`, {
    method: 'POST',
    body: JSON.stringify({ protocol: 1, ...body }),
  })
const hashOf = ({ json }: { readonly json: unknown }) => `${Reflect.get(Object(json), 'hash')}`

describe('a workspace', () => {
  it('is created once, live or not, and listed by its key', async () => {
    const workspace = testWorkspace(0)
    const list = () => workspace.send('/api/v1/workspaces')
    expect(await list()).toMatchObject({ status: 200, json: { workspaces: [] } })
    const created = await put(workspace, { live: false })
    const entry = { name: 'test', live: false, version: 0 }
    expect(created).toMatchObject({ status: 201, json: entry })
    expect(await put(workspace, { live: false })).toMatchObject({ status: 200, json: entry })
    expect(await put(workspace, { live: true })).toMatchObject({
      status: 409,
      text: expect.stringContaining('is there and is not live'),
    })
    const other = await put(workspace, { live: false }, '/api/v1/workspaces/other')
    expect(other).toMatchObject({
      status: 409,
      text: expect.stringContaining('workspace is \\"test\\"'),
    })
    await evictDurableObject(workspace.registry())
    expect(await list()).toMatchObject({ json: { workspaces: [entry] } })
  })

  it.each(['a/b', '..%2F..', 'a%20b', '%00', 'a'.repeat(64)])('cannot be named %s', async name => {
    const reply = await put(testWorkspace(1), { live: true }, `/api/v1/workspaces/${name}`)
    expect([400, 404]).toContain(reply.status)
    expect(await testWorkspace(1).send('/api/v1/workspaces')).toMatchObject({
      json: { workspaces: [] },
    })
  })

  it('for development takes dry runs only, and its objects are destroyed without a guard', async () => {
    const workspace = testWorkspace(2)
    await put(workspace, { live: false })
    const guarded = StreamSource({
      name: 'numbers',
      schema: [Field('n', Int64)],
      streamConfig: PushConfig({ logOffline: true }),
      preventDestroy: true,
    })
    const first = await workspace.apply([guarded])
    expect(first.status).toBe(200)
    const body = { workspace_name: 'test', records: { numbers: [{ record: { n: 1 } }] } }
    expect((await workspace.push({ ...body, dry_run: true })).status).toBe(200)
    expect(await workspace.push(body)).toMatchObject({
      status: 409,
      text: expect.stringContaining('is not live'),
    })
    expect(await workspace.apply([], hashOf(first))).toMatchObject({ status: 200 })
  })

  it('is deleted with all that it declares, unless that is protected; then its key may name another', async () => {
    const workspace = testWorkspace(3)
    const first = await workspace.apply([clicks, view, service])
    await workspace.pushRecords('clicks', [click('a', 1)])
    const remove = (at = path) => workspace.send(at, { method: 'DELETE' })
    expect((await remove('/api/v1/workspaces/other')).status).toBe(404)
    const guarded = StreamSource({ ...guardedOptions, preventDestroy: true })
    const second = await workspace.apply([clicks, view, service, guarded], hashOf(first))
    expect(await remove()).toMatchObject({ status: 409, json: { code: 'refused_plan' } })
    await workspace.apply([clicks, view, service], hashOf(second)).then(async reply => {
      // A guard is lifted before the object goes.
      expect(reply.status).toBe(409)
      await workspace.apply([clicks, view, service, StreamSource(guardedOptions)], hashOf(second))
    })
    expect(await remove()).toMatchObject({ status: 200, json: { workspace: 'test' } })
    expect((await workspace.send(`${path}/definitions`)).status).toBe(404)
    expect((await workspace.pushRecords('clicks', [click('a', 2)])).status).toBe(404)
    expect((await remove()).status).toBe(404)
    const next = testWorkspace(3, 'again')
    expect(await next.apply([clicks])).toMatchObject({ status: 200, json: { workspace: 'again' } })
    await next.pushRecords('clicks', [click('b', 3)])
    expect(await next.rows('clicks')).toMatchObject([{ user: 'b' }])
  })
})

describe('a deleted workspace', () => {
  it('has nothing, also after its registry issued that again above what somebody has seen', async () => {
    const workspace = testWorkspace(7)
    await workspace.apply([clicks])
    await workspace.send(path, { method: 'DELETE' })
    await workspace.registry().definitions({ format: 1, seen: 9 })
    expect(await workspace.apply([clicks])).toMatchObject({ status: 200, json: { version: 11 } })
  })
})

const guardedOptions = {
  name: 'guarded',
  schema: [Field('n', Int64)],
  streamConfig: PushConfig({ logOffline: true }),
} as const

describe('the history of a workspace', () => {
  it('tells who applied what and when, the newest first, with the definitions of each version', async () => {
    const workspace = testWorkspace(4)
    const first = await workspace.apply([clicks])
    const second = await workspace.apply([clicks, view, service], hashOf(first))
    const key = {
      key_id: expect.stringMatching(/^[0-9A-Za-z_-]+$/),
      applied_at: expect.stringMatching(/Z$/),
    }
    const { json } = await workspace.send(`${path}/history`)
    expect(json).toEqual({
      applies: [
        {
          version: 2,
          hash: hashOf(second),
          action: 'apply',
          ...key,
          changes: [
            { action: 'create', kind: 'entity', name: 'user' },
            { action: 'create', kind: 'stream_feature_view', name: 'latest_clicks' },
            { action: 'create', kind: 'feature_service', name: 'clicks_features' },
          ],
        },
        {
          version: 1,
          hash: hashOf(first),
          action: 'apply',
          ...key,
          changes: [{ action: 'create', kind: 'stream_source', name: 'clicks' }],
        },
      ],
    })
    const older = await workspace.send(`${path}/history?before=2&limit=1`)
    expect(older.json).toMatchObject({ applies: [{ version: 1 }] })
    const one = await workspace.send(`${path}/history/1`)
    expect(one.json).toMatchObject({ version: 1, definitions: { sources: [{ name: 'clicks' }] } })
    for (const wrong of ['3', '0', '-1', 'x', '1e1']) {
      expect((await workspace.send(`${path}/history/${wrong}`)).status).toBe(404)
    }
    expect((await workspace.send(`${path}/history?limit=1000`)).status).toBe(400)
  })

  it('is gone back to: planned first, applied as another version, counts stay', async () => {
    const workspace = testWorkspace(5)
    const first = await workspace.apply([plainSource('numbers')])
    const more = StreamSource({
      name: 'numbers',
      description: 'Numbers and why.',
      streamConfig: PushConfig({ logOffline: true, partitions: 2 }),
      schema: [Field('n', Int64), Field('why', String, { nullable: true })],
    })
    await workspace.apply([more, plainSource('late')], hashOf(first))
    const plan = await rollback(workspace, { version: 1, dry_run: true })
    expect(plan).toMatchObject({
      status: 200,
      json: {
        version: 2,
        changes: [
          // A field can only come: going back begins another log.
          { action: 'recreate', name: 'numbers', consequence: 'destructive' },
          { action: 'delete', name: 'late' },
        ],
      },
    })
    expect((await workspace.definitions())?.version).toBe(2)
    const { plan_id } = Object(plan.json)
    const body = JSON.stringify({ protocol: 1, plan_id })
    expect(await workspace.send(`${path}/apply`, { method: 'POST', body })).toMatchObject({
      status: 200,
      json: { version: 3 },
    })
    const definitions = await workspace.definitions()
    expect(definitions?.sources).toMatchObject([{ name: 'numbers', partitions: 2 }])
    const { json } = await workspace.send(`${path}/history?limit=1`)
    expect(json).toMatchObject({ applies: [{ version: 3, action: 'rollback' }] })
    expect(await rollback(workspace, { version: 2 })).toMatchObject({ json: { version: 4 } })
    expect(await rollback(workspace, { version: 9 })).toMatchObject({
      status: 404,
      json: { code: 'unknown_version' },
    })
  })

  it('of a registry that an older gateway wrote goes on', async () => {
    const workspace = testWorkspace(6)
    const first = await workspace.apply([clicks, view, service])
    await workspace.pushRecords('clicks', [click('a', 1)])
    await runInDurableObject(workspace.registry(), (_, { storage: { sql } }) => {
      for (const table of ['retired', 'untold', 'plans']) sql.exec(`DROP TABLE ${table}`)
      for (const column of ['name', 'live', 'created_us']) {
        sql.exec(`ALTER TABLE registry DROP COLUMN ${column}`)
      }
      sql.exec('ALTER TABLE applies DROP COLUMN action')
      sql.exec('UPDATE registry SET format = 1')
    })
    await evictDurableObject(workspace.registry())
    expect(await workspace.send('/api/v1/workspaces')).toMatchObject({
      json: { workspaces: [{ name: 'test', live: true, version: 1 }] },
    })
    const more = await workspace.apply([clicks, view, service, plainSource('more')], hashOf(first))
    expect(more).toMatchObject({ status: 200, json: { version: 2 } })
    const { json } = await workspace.send(`${path}/history`)
    expect(json).toMatchObject({ applies: [{ version: 2 }, { version: 1, action: 'apply' }] })
    expect(await workspace.rows('clicks')).toMatchObject([{ user: 'a' }])
  })
})

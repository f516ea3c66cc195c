import { listDurableObjectIds } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const second = clicksSource('second')
const unlogged = clicksSource('unlogged', { logOffline: false })
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
await workspace.apply([
  clicks,
  view,
  service,
  second,
  unlogged,
  ...names.map(name => plainSource(name)),
])

const rows = (source: string) => workspace.rows(source)
const n = (...numbers: readonly number[]) => numbers.map(n => ({ record: { n } }))

describe('POST /ingest', () => {
  const formA = (source: string) => ({
    workspace_name: 'test',
    dry_run: false,
    records: { [source]: n(1) },
  })
  const formB = (source: string) => ({
    workspaceName: 'test',
    dryRun: false,
    records: { [source]: n(2) },
  })

  it('takes both casings on both paths, with any content type or none', async () => {
    const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined]
    for (const path of ['/ingest', '/v2/ingest']) {
      for (const form of [formA, formB]) {
        for (const type of types) {
          const body = new TextEncoder().encode(JSON.stringify(form('a')))
          const { status, json } = await workspace.send(
            path,
            {
              method: 'POST',
              body,
              ...(type === undefined ? {} : { headers: { 'content-type': type } }),
            },
            workspace.ingestKey,
          )
          expect([path, type, status]).toEqual([path, type, 200])
          expect(json).toMatchObject({ workspaceName: 'test' })
        }
      }
    }
    expect(await rows('a')).toHaveLength(16)
  })

  it('takes either name of the scheme, in any case', async () => {
    for (const scheme of ['Tecton-key', 'tecton-key', 'Bearer', 'BEARER']) {
      const headers = { authorization: `${scheme} ${workspace.ingestKey}` }
      expect((await workspace.push(formA('b'), { headers })).status).toBe(200)
    }
  })

  it('counts as texts, for each view and each source', async () => {
    const { json } = await workspace.pushRecords('clicks', [click('u', 1), click('u', 2)])
    expect(json).toEqual({
      protocol: 1,
      workspaceName: 'test',
      ingestMetrics: {
        featureViewIngestMetrics: [
          {
            featureViewName: 'latest_clicks',
            featureViewId: workspace.idOf('stream_feature_view', 'latest_clicks'),
            onlineRecordIngestCount: '2',
            offlineRecordIngestCount: '2',
          },
        ],
        dataSourceIngestMetrics: [
          {
            dataSourceName: 'clicks',
            dataSourceId: workspace.idOf('stream_source', 'clicks'),
            offlineRecordIngestCount: '2',
          },
        ],
      },
    })
    const unloggedReply = await workspace.pushRecords('unlogged', [click('u', 1)])
    expect(unloggedReply.json).toMatchObject({
      ingestMetrics: { dataSourceIngestMetrics: [{ offlineRecordIngestCount: '0' }] },
    })
  })

  it('is readable the moment it is answered', async () => {
    for (let at = 10; at < 20; at++) {
      await workspace.pushRecords('clicks', [click('reader', at)])
      const { json } = await workspace.features('clicks_features', { user: 'reader' })
      expect(json).toEqual({ result: { features: [String(at), null] } })
    }
  })

  it('stores nothing of a plain request with one bad record, over two sources', async () => {
    const { status, json } = await workspace.push({
      workspace_name: 'test',
      records: { c: n(1, 2), second: [{ record: click('u', 1) }, { record: { user: 'u', n: 1 } }] },
    })
    expect(status).toBe(400)
    expect(json).toEqual({
      workspaceName: 'test',
      recordErrors: [
        {
          pushSourceName: 'second',
          errorType: 'TectonObjectValidationError',
          errorMessage: expect.stringContaining('Record 1 of source "second" refused: "at"'),
          index: 1,
          field: 'at',
          code: 'missing_field',
        },
      ],
    })
    expect(await rows('c')).toEqual([])
    expect(await rows('second')).toEqual([])
  })

  it('stores the good ones with allow_partial, and says which are bad', async () => {
    const { status, json } = await workspace.push({
      workspace_name: 'test',
      allow_partial: true,
      records: { d: [...n(1), { record: { n: 'x' } }, ...n(3)] },
    })
    expect(status).toBe(207)
    expect(json).toMatchObject({
      receipts: [
        { source: 'd', index: 0, status: 'accepted' },
        { source: 'd', index: 1, status: 'rejected', field: 'n', code: 'wrong_type' },
        { source: 'd', index: 2, status: 'accepted' },
      ],
      ingestMetrics: { dataSourceIngestMetrics: [{ offlineRecordIngestCount: '2' }] },
    })
    expect(await rows('d')).toEqual([{ n: 1 }, { n: 3 }])
  })

  it('answers 404 when only the source is unknown, 207 with a receipt for whoever takes receipts', async () => {
    const plain = await workspace.push({ workspace_name: 'test', records: { nothing: n(1) } })
    expect(plain.status).toBe(404)
    expect(plain.json).toMatchObject({ recordErrors: [{ code: 'unknown_source', index: 0 }] })
    const partial = await workspace.push({
      workspace_name: 'test',
      allow_partial: true,
      records: { nothing: n(1), e: n(1) },
    })
    expect(partial.status).toBe(207)
    expect(partial.json).toMatchObject({
      receipts: [
        { source: 'nothing', status: 'rejected', code: 'unknown_source' },
        { source: 'e', status: 'accepted' },
      ],
    })
  })

  it('answers 404 for a workspace that the key does not hold', async () => {
    const { status, json } = await workspace.push({ workspace_name: 'other', records: { a: n(1) } })
    expect(status).toBe(404)
    expect(json).toMatchObject({ requestError: { code: 'unknown_workspace' } })
  })

  it('keeps twins: equal records are no duplicates', async () => {
    await workspace.pushRecords('f', [{ n: 1 }, { n: 1 }])
    await workspace.pushRecords('f', [{ n: 1 }])
    expect(await rows('f')).toHaveLength(3)
  })

  it('answers 405 to other methods for whoever may ask, and takes nothing', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const { status, json } = await workspace.send('/ingest', { method })
      expect([method, status]).toEqual([method, 405])
      expect(json).toMatchObject({ requestError: { code: 'wrong_method' } })
    }
  })

  it('only judges in a dry run: no row, no object', async () => {
    const fresh = testWorkspace(1)
    await fresh.apply([plainSource('dry'), clicks, view])
    const snapshot = await fresh.partition('dry').snapshot({ format: 1 })
    const counts = async () => ({
      partitions: (await listDurableObjectIds(env.LOG_PARTITION)).length,
      shards: (await listDurableObjectIds(env.FEATURE_SHARD)).length,
    })
    const before = await counts()
    const dry = { workspace_name: 'test', dry_run: true }
    const good = await fresh.push({
      ...dry,
      records: { dry: n(1), clicks: [{ record: click('u', 1) }] },
    })
    expect(good.status).toBe(200)
    expect(good.json).not.toHaveProperty('receipts')
    expect((await fresh.push({ ...dry, records: { dry: [{ record: {} }] } })).status).toBe(400)
    const partial = await fresh.push({
      ...dry,
      allow_partial: true,
      records: { dry: [...n(1), { record: { n: null } }] },
    })
    expect(partial.status).toBe(207)
    expect(partial.json).toMatchObject({
      receipts: [
        { index: 0, status: 'accepted' },
        { index: 1, status: 'rejected', field: 'n', code: 'null_field' },
      ],
    })
    expect(await counts()).toEqual(before)
    expect(await fresh.partition('dry').snapshot({ format: 1 })).toEqual(snapshot)
  })

  it('takes only dry runs where the workspace is not live', async () => {
    const draft = testWorkspace(2)
    await draft.apply([plainSource('a')], null, false)
    const body = { workspace_name: 'test', records: { a: n(1) } }
    expect((await draft.push({ ...body, dry_run: true })).status).toBe(200)
    const { status, json } = await draft.push(body)
    expect(status).toBe(409)
    expect(json).toMatchObject({ requestError: { code: 'conflict' } })
    expect(await draft.rows('a')).toEqual([])
  })

  it('never refuses by a stale edge copy', async () => {
    const moving = testWorkspace(3)
    await moving.apply([plainSource('old')])
    const stale = await env.DEFINITIONS.get(`definitions/v1/${moving.workspaceId}`)
    const first = await moving.push({ workspace_name: 'test', records: { old: n(1) } })
    expect(first.status).toBe(200)
    const { hash = '' } = (await moving.definitions()) ?? {}
    expect((await moving.apply([plainSource('old'), plainSource('new')], hash)).status).toBe(200)
    await env.DEFINITIONS.put(`definitions/v1/${moving.workspaceId}`, stale ?? '')
    const { status } = await moving.push({ workspace_name: 'test', records: { new: n(1) } })
    expect(status).toBe(200)
    expect(await moving.rows('new')).toEqual([{ n: 1 }])
  })

  it('goes on when the edge copy is damaged', async () => {
    const damaged = testWorkspace(4)
    await damaged.apply([plainSource('a')])
    await env.DEFINITIONS.put(`definitions/v1/${damaged.workspaceId}`, '{"format":')
    expect((await damaged.pushRecords('a', [{ n: 1 }])).status).toBe(200)
  })
})

import { describe, expect, it } from 'vitest'
import {
  Attribute,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../../shared/types.ts'
import { definitionsOf, planned, send } from '../support/planned.ts'
import { click, clicksSource, latestClick, plainSource, user } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const schema = [Field('user', String), Field('at', Timestamp), Field('n', Int64)]
const otherClicks = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema,
})
const otherView = StreamFeatureView({
  name: 'latest_clicks',
  source: otherClicks,
  entities: [user],
  features: [Attribute('n', Int64)],
})
const otherService = FeatureService({ name: 'clicks_features', features: [otherView] })

const hashOf = ({ json }: { readonly json: unknown }) => `${Reflect.get(Object(json), 'hash')}`

describe('an apply', () => {
  it('recreates a source under another id: it begins empty, and no record goes to the old one', async () => {
    const workspace = testWorkspace(4)
    await workspace.apply([clicks, view, service])
    const oldId = workspace.idOf('stream_source', 'clicks')
    await workspace.pushRecords('clicks', [click('a', 1), click('b', 2)])
    const old = workspace.partition('clicks')
    const plan = await planned(workspace, [otherService])
    expect(plan.changes).toMatchObject([
      { action: 'recreate', name: 'clicks', consequence: 'destructive' },
      { action: 'recreate', name: 'latest_clicks', consequence: 'destructive' },
    ])
    expect((await send(workspace, '/apply', { plan_id: plan.plan_id })).status).toBe(200)
    const definitions = await workspace.definitions()
    const [source] = definitions?.sources ?? []
    expect(source?.id).not.toBe(oldId)
    // What was accepted under the old definition would be one of a source that is gone.
    const late = {
      format: 1,
      version: 1,
      producer: 'ab'.repeat(16),
      kind: 'named',
      floor: 0,
    } as const
    const reply = await old.append({
      ...late,
      text: '{"user":"c","at":"2026-01-02T00:00:00.000000Z","n":"1","score":null}',
      sequences: [[0, 1]],
      slots: {},
      rejected: [],
      waitMs: 1_000,
    })
    expect(reply).toMatchObject({ outcome: 'stale', version: 2 })
    await workspace.apply([otherService], plan.next_hash)
    expect(await workspace.rows('clicks')).toEqual([])
    expect((await workspace.features('clicks_features', { user: 'a' })).json).toEqual({
      result: { features: [null] },
    })
    await workspace.pushRecords('clicks', [click('a', 7)])
    expect(await workspace.rows('clicks')).toMatchObject([{ user: 'a', n: 7 }])
    expect((await workspace.features('clicks_features', { user: 'a' })).json).toEqual({
      result: { features: ['7'] },
    })
    const gone = await workspace.send('/api/v1/workspaces/test/retired')
    expect(gone.json).toMatchObject({
      sources: [{ name: 'clicks', id: oldId, parts: expect.stringContaining(`/${oldId}/`) }],
    })
    const resumed = await workspace.send(
      `${workspace.sourcePath('clicks')}/dataframe?cut=0:0&source_id=${oldId}`,
    )
    expect(resumed).toMatchObject({ status: 410, json: { code: 'expired' } })
    // The old log stays readable for its retention, and its tail still rolls.
    expect(await old.snapshot({ format: 1 })).toMatchObject({ last: 1, tailRecords: 2 })
    expect(await old.roll({ format: 1 })).toMatchObject({ status: 'rolled' })
  })

  it('deletes a source: pushes are refused by name', async () => {
    const workspace = testWorkspace(5)
    const first = await workspace.apply([clicks, plainSource('kept')])
    await workspace.pushRecords('clicks', [click('a', 1)])
    const gone = await workspace.apply([plainSource('kept')], hashOf(first))
    expect(gone).toMatchObject({ status: 200 })
    expect(gone.json).toMatchObject({
      changes: [
        { action: 'delete', name: 'clicks' },
        { action: 'none', name: 'kept' },
      ],
    })
    const pushed = await workspace.pushRecords('clicks', [click('a', 2)])
    expect(pushed).toMatchObject({
      status: 404,
      json: { recordErrors: [{ code: 'unknown_source' }] },
    })
    expect((await workspace.send(`${workspace.sourcePath('clicks')}/columns`)).status).toBe(404)
  })

  it('updates a source in place: what was pushed stays, and what is pushed follows the new schema', async () => {
    const workspace = testWorkspace(6)
    const first = await workspace.apply([otherService])
    const id = workspace.idOf('stream_source', 'clicks')
    await workspace.pushRecords('clicks', [click('a', 1)])
    const wider = StreamSource({
      name: 'clicks',
      description: 'Clicks and where.',
      streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
      schema: [...schema, Field('page', String, { nullable: true })],
    })
    const again = StreamFeatureView({ ...viewOptions, source: wider })
    const objects = [FeatureService({ name: 'clicks_features', features: [again] })]
    expect((await workspace.apply(objects, hashOf(first))).status).toBe(200)
    expect(workspace.idOf('stream_source', 'clicks')).toBe(id)
    await workspace.pushRecords('clicks', [{ ...click('b', 2), page: '/' }])
    expect(await workspace.rows('clicks')).toMatchObject([
      { user: 'a', n: 1, page: null },
      { user: 'b', n: 2, page: '/' },
    ])
    for (const [name, value] of [
      ['a', '1'],
      ['b', '2'],
    ]) {
      const { json } = await workspace.features('clicks_features', { user: name })
      expect(json).toEqual({ result: { features: [value] } })
    }
  })

  it('recreates a view: its features are folded anew from the log', async () => {
    const workspace = testWorkspace(7)
    const first = await workspace.apply([clicks, view, service])
    await workspace.pushRecords('clicks', [click('a', 1)])
    const fewer = StreamFeatureView({ ...viewOptions, source: clicks })
    const objects = [FeatureService({ name: 'clicks_features', features: [fewer] })]
    const { json } = await workspace.apply(objects, hashOf(first))
    expect(json).toMatchObject({
      changes: [{ action: 'recreate', name: 'latest_clicks' }, {}, {}, {}],
    })
    await expect
      .poll(async () => (await workspace.features('clicks_features', { user: 'a' })).json)
      .toEqual({ result: { features: ['1'] } })
  })

  it('is refused as a whole by what preventDestroy protects', async () => {
    const workspace = testWorkspace(8)
    const kept = FeatureService({ name: 'clicks_features', features: [view], preventDestroy: true })
    const first = await workspace.apply([kept])
    const plan = await planned(workspace, [plainSource('more')])
    expect(plan.refusals).toHaveLength(4)
    for (const body of [
      { plan_id: plan.plan_id },
      { definitions: definitionsOf([plainSource('more')]), expected_hash: hashOf(first) },
    ]) {
      const { status, text } = await send(workspace, '/apply', body)
      expect([status, text]).toEqual([409, expect.stringContaining('preventDestroy')])
    }
    expect((await workspace.definitions())?.version).toBe(1)
    const lifted = await workspace.apply([service], hashOf(first))
    expect((await workspace.apply([plainSource('more')], hashOf(lifted))).status).toBe(200)
  })

  it('takes a thousand sources at once', { timeout: 60_000 }, async () => {
    const workspace = testWorkspace(9)
    const sources = Array.from({ length: 1_000 }, (_, at) => plainSource(`s${at}`))
    expect((await workspace.apply(sources)).status).toBe(200)
    expect(await planned(workspace, sources)).toMatchObject({ changes: [] })
    await workspace.pushRecords('s999', [{ n: 1 }])
    expect(await workspace.rows('s999')).toMatchObject([{ n: 1 }])
  })
})

const viewOptions = {
  name: 'latest_clicks',
  entities: [user],
  features: [Attribute('n', Int64)],
} as const

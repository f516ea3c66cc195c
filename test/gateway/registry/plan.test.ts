import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import type { Plan } from '../../../shared/plan-protocol.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import { definitionsOf, planned, send } from '../support/planned.ts'
import { clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const actionsOf = ({ changes }: Plan) => changes.map(({ action, name }) => `${action} ${name}`)

describe('a plan', () => {
  it('says what an apply would change, changes nothing, and is empty after the apply', async () => {
    const workspace = testWorkspace(0)
    const plan = await planned(workspace, [clicks, view, service])
    expect(plan).toMatchObject({ workspace: 'test', live: true, version: 0, hash: null })
    expect(actionsOf(plan)).toEqual([
      'create clicks',
      'create user',
      'create latest_clicks',
      'create clicks_features',
    ])
    expect(await workspace.definitions()).toBeUndefined()
    const applied = await send(workspace, '/apply', { plan_id: plan.plan_id })
    expect(applied).toMatchObject({ status: 200, json: { version: 1, hash: plan.next_hash } })
    expect(await planned(workspace, [clicks, view, service])).toMatchObject({
      version: 1,
      hash: plan.next_hash,
      next_hash: plan.next_hash,
      changes: [],
      refusals: [],
    })
  })

  it('is kept through a restart, and has one id for one content', async () => {
    const workspace = testWorkspace(1)
    const first = await planned(workspace, [clicks])
    expect((await planned(workspace, [clicks])).plan_id).toBe(first.plan_id)
    expect((await planned(workspace, [clicks, view])).plan_id).not.toBe(first.plan_id)
    await evictDurableObject(workspace.registry())
    expect((await send(workspace, '/apply', { plan_id: first.plan_id })).status).toBe(200)
    expect((await workspace.definitions())?.sources).toHaveLength(1)
    // Once more, as after a lost reply: it is what there is.
    const again = await send(workspace, '/apply', { plan_id: first.plan_id })
    expect(again).toMatchObject({ status: 200, json: { version: 1 } })
  })

  it('is refused when the workspace moved since, and where another workspace made it', async () => {
    const workspace = testWorkspace(2)
    const plan = await planned(workspace, [clicks])
    await workspace.apply([plainSource('other')])
    const moved = await send(workspace, '/apply', { plan_id: plan.plan_id })
    expect(moved).toMatchObject({ status: 409, json: { code: 'conflict' } })
    expect(moved.text).toContain('Plan and apply again')
    const stranger = await send(testWorkspace(3), '/apply', { plan_id: plan.plan_id })
    expect(stranger).toMatchObject({ status: 404, json: { code: 'unknown_plan' } })
    expect((await workspace.definitions())?.sources.map(({ name }) => name)).toEqual(['other'])
  })

  it('is refused with a reason when only shards were added since', async () => {
    const workspace = testWorkspace(4)
    await workspace.apply([clicks, view, service])
    const plan = await planned(workspace, [clicks])
    const scale = { join_keys: ['user'], shards: 2 }
    expect((await send(workspace, '/shards', scale)).status).toBe(200)
    const moved = await send(workspace, '/apply', { plan_id: plan.plan_id })
    expect([moved.status, moved.text]).toEqual([
      409,
      expect.stringContaining(
        'moved on since this was planned, though its definitions are the same',
      ),
    ])
  })

  it.each([100_000, 340_000, 400_000, 660_000])(
    'of definitions with %i characters of three bytes is stored or refused',
    async length => {
      const workspace = testWorkspace(5)
      const { schema, streamConfig } = plainSource('a')
      const source = StreamSource({
        name: 'a',
        description: '語'.repeat(length),
        schema,
        streamConfig,
      })
      const { status, text } = await send(workspace, '/plan', {
        definitions: definitionsOf([source]),
      })
      expect([status, text.slice(0, 300)]).toEqual(
        length < 349_000
          ? [200, expect.anything()]
          : [400, expect.stringContaining('the limit is')],
      )
    },
  )

  it('of a schema that is too large beside the one before it is refused', async () => {
    const workspace = testWorkspace(6)
    const sourceOf = (fields: number) =>
      StreamSource({
        name: 'a',
        streamConfig: PushConfig({ logOffline: true }),
        schema: [
          Field('n', Int64, { description: '語'.repeat(340_000) }),
          ...['x', 'y'].slice(0, fields).map(name => Field(name, Int64, { nullable: true })),
        ],
      })
    const first = await workspace.apply([sourceOf(0)])
    expect(first.status).toBe(200)
    const plan = await planned(workspace, [sourceOf(1)])
    expect(plan.refusals).toEqual([expect.stringContaining('bytes with their ids; the limit is')])
    expect((await send(workspace, '/apply', { plan_id: plan.plan_id })).status).toBe(409)
  })

  it('is refused a body that is none', async () => {
    const workspace = testWorkspace(3)
    for (const body of [{}, { definitions: 1 }, { definitions: { format: 9 } }]) {
      expect((await send(workspace, '/plan', body)).status).toBe(400)
    }
    const { status, text } = await send(workspace, '/plan', { protocol: 2, definitions: {} })
    expect([status, text]).toEqual([400, expect.stringContaining('protocol: Invalid type')])
  })
})

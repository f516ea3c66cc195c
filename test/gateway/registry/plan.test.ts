import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../shared/plan-protocol.ts'
import { planned, send } from '../support/planned.ts'
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

  it('is refused a body that is none', async () => {
    const workspace = testWorkspace(3)
    for (const body of [{}, { definitions: 1 }, { definitions: { format: 9 } }]) {
      expect((await send(workspace, '/plan', body)).status).toBe(400)
    }
    const { status, text } = await send(workspace, '/plan', { protocol: 2, definitions: {} })
    expect([status, text]).toEqual([400, expect.stringContaining('protocol: Invalid type')])
  })
})

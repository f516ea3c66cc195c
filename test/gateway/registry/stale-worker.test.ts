import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDefinitionsCache } from '../../../gateway/ingest/definitions-cache.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformRandom } from '../../../gateway/platform/ports.ts'
import { answerIngest } from '../../../gateway/routes/ingest-route.ts'
import { Problem } from '../../../gateway/routes/problem.ts'
import { requestCodes } from '../../../shared/error-codes.ts'
import { plainSource } from '../support/test-definitions.ts'
import { type TestWorkspace, testWorkspace } from '../support/test-workspace.ts'

const path = '/api/v1/workspaces/test'
const create = (workspace: TestWorkspace, live: boolean) =>
  workspace.send(path, { method: 'PUT', body: JSON.stringify({ protocol: 1, live }) })
const remove = (workspace: TestWorkspace) => workspace.send(path, { method: 'DELETE' })

/** A Worker that keeps what it knows: its copy at the edge stays as old as it is. */
async function farWorker({ workspaceId }: TestWorkspace) {
  const peers = platformPeers(env)
  const held = JSON.stringify(await peers.registry(workspaceId).definitions({ format: 1 }))
  const edge = { get: async () => held, put: async () => {} }
  const clock = platformClock
  const definitions = createDefinitionsCache({ clock, edge, peers, report: () => {} })
  await definitions.recent(workspaceId)
  const ports = { clock, random: platformRandom, peers, definitions }
  return async (body: object) => {
    const request = new Request('https://gateway.example/ingest', {
      method: 'POST',
      body: JSON.stringify({ workspace_name: 'test', ...body }),
    })
    try {
      const reply = await answerIngest(ports, request, { kind: 'ingest', workspaceId, keyId: 'k' })
      return { status: reply.status, text: await reply.text() }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      return { status: requestCodes[problem.code].status, text: problem.message }
    }
  }
}

const one = { records: { numbers: [{ record: { n: 1 } }] } }
const named = {
  protocol: 1,
  producer: 'ab'.repeat(16),
  records: { numbers: [{ record: { n: 1 }, sequence: 0 }] },
}

describe('a Worker that holds older definitions', () => {
  it('stores nothing in a workspace of another name', async () => {
    const workspace = testWorkspace(0)
    await workspace.apply([plainSource('numbers')])
    const push = await farWorker(workspace)
    expect((await push(one)).status).toBe(200)
    await remove(workspace)
    const again = testWorkspace(0, 'again')
    expect((await again.apply([plainSource('numbers')])).status).toBe(200)
    expect((await push(named)).status).toBe(404)
    expect(await again.rows('numbers')).toEqual([])
  })

  it('stores nothing in a workspace that takes dry runs only', async () => {
    const workspace = testWorkspace(1)
    await workspace.apply([plainSource('numbers')])
    const push = await farWorker(workspace)
    await remove(workspace)
    await create(workspace, false)
    expect((await workspace.apply([plainSource('numbers')])).status).toBe(200)
    const { status, text } = await push(named)
    expect([status, text]).toEqual([409, expect.stringContaining('is not live')])
    expect(await workspace.rows('numbers')).toEqual([])
  })

  it('refuses nothing for a workspace that is live by now', async () => {
    const workspace = testWorkspace(2)
    await create(workspace, false)
    expect((await workspace.apply([plainSource('numbers')])).status).toBe(200)
    const push = await farWorker(workspace)
    expect((await push(one)).status).toBe(409)
    await remove(workspace)
    await workspace.apply([plainSource('numbers')])
    expect((await push(one)).status).toBe(200)
    expect(await workspace.rows('numbers')).toMatchObject([{ n: 1 }])
  })
})

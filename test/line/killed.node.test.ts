import { expect, onTestFinished, test } from 'vitest'
import { bootGateway } from '../../cli/boot-gateway.ts'
import { keyEntryOf } from '../../shared/keys.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import { testKey, testWorkspaceIds } from '../support/test-keys.ts'
import { openDuck } from './support/duckdb.ts'
import { openLine } from './support/line.ts'
import { expectAllSteps, producer, step, steps, walkers } from './support/steps.ts'

const perWalker = 2_000

test('workerd killed in the midst of pushes comes back with all it stored, and nothing is stored twice', async () => {
  const [workspaceId = ''] = testWorkspaceIds
  const adminKey = testKey('admin', workspaceId)
  const gateway = await bootGateway({
    stateFolder: await tempFolder(),
    port: 0,
    keyEntries: await keyEntryOf(adminKey),
    origins: '',
    onLog: () => {},
  })
  onTestFinished(() => gateway.stop())
  const duck = await openDuck()
  onTestFinished(() => duck.close())
  const line = openLine({
    url: gateway.url,
    adminKey,
    ingestKey: adminKey,
    workspace: 'killed',
    fetch: (url, request) => fetch(url, request),
  })
  await line.apply([walkers])

  let replies = 0
  let killed = false
  const kill = () => {
    killed = true
    for (const pid of gateway.pids) process.kill(pid, 'SIGKILL')
  }
  const push = async (walker: number) => {
    const client = line.client({
      ...producer(walker),
      random: Math.random,
      limits: { maxBatchRecords: 50, maxBackoffMs: 100 },
      fetch: async (url, request) => {
        const sent = fetch(url, request)
        // Killed while requests of all walkers are on their way.
        if (replies >= 20 && !killed) kill()
        const reply = await sent
        replies++
        return reply
      },
    })
    for (let n = 0; n < perWalker; n++) {
      client.push(steps, step(walker, n))
    }
    return client.close()
  }
  const all = await Promise.all([0, 1, 2].map(push))
  for (const { accepted, duplicate } of all) expect(accepted + duplicate).toBe(perWalker)
  expect(all.reduce((sum, { retries }) => sum + retries, 0)).toBeGreaterThan(0)
  expect(killed).toBe(true)

  await expectAllSteps(line, duck, 3, perWalker)
})

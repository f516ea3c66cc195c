import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { Field, Float64, String } from '../../shared/types.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'
import { postProcessor, schema, sent } from './support/payments.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })

/** The same source with more partitions, and services each with a view of it. */
function declared(partitions: number, ...services: readonly string[]) {
  const source = StreamSource({
    name: 'payments',
    streamConfig: PushConfig({ logOffline: true, partitions, inputSchema: sent, postProcessor }),
    schema,
  })
  const made = services.map(name => {
    const features = [Attribute('amt', Float64)]
    const view = StreamFeatureView({ name: `${name}_view`, source, entities: [user], features })
    return FeatureService({ name, features: [view] })
  })
  return { source, objects: [source, ...made] }
}

async function scale(line: Line, shards: number): Promise<void> {
  const reply = await fetch(`${gateway.url}/api/v1/workspaces/${line.workspace}/shards`, {
    method: 'POST',
    headers: { authorization: `Bearer ${line.adminKey}` },
    body: JSON.stringify({ protocol: 1, join_keys: ['user_id'], shards }),
  })
  expect(reply.status).toBe(200)
}

test('a post-processor filters and folds on where partitions double and shards split', async () => {
  const line = gateway.line()
  const wanted = new Map<string, number>()
  let count = 0
  const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()
  /** Every third record is left out, of a user who is in no row otherwise. */
  const push = async ({ source }: ReturnType<typeof declared>) => {
    const clients = Array.from({ length: 6 }, () => line.client())
    const receipts = Array.from({ length: 90 }, (_, at) => {
      const n = ++count
      const isRobot = n % 3 === 0
      const id = isRobot ? `robot${n % 7}` : ` User${n % 20} `
      if (!isRobot) wanted.set(id.trim().toLowerCase(), n)
      const record = {
        user: { id, kind: isRobot ? 'robot' : null },
        amount: `${n}`,
        seen: hour(n),
      }
      return clients[at % clients.length]?.push(source, record).accepted
    })
    await Promise.all(clients.map(client => client.close()))
    for (const receipt of await Promise.all(receipts)) expect(receipt?.status).toBe('accepted')
  }
  const check = async (...services: readonly string[]) => {
    const rows = (await line.dataFrame('payments', '?columns=amt')).map(parseExactJson)
    const amounts = rows.map(row => Number(Object(row).amt)).sort((a, b) => a - b)
    const kept = Array.from({ length: count }, (_, at) => at + 1).filter(n => n % 3 !== 0)
    expect(amounts).toEqual(kept)
    expect(await line.dataFrame('payments', '?columns=amount&apply_translator=false')).toHaveLength(
      count,
    )
    for (const service of services) {
      for (const [user_id, amt] of wanted) {
        const { values } = await line.features(service, { user_id })
        expect([user_id, values[`${service}_view.amt`]]).toEqual([user_id, amt])
      }
      const robot = await line.features(service, { user_id: 'robot1' })
      expect(robot.statuses).toEqual(['MISSING_DATA'])
    }
  }

  const first = declared(1, 'early')
  await line.apply(first.objects)
  await push(first)
  await check('early')
  const second = declared(4, 'early')
  await line.apply(second.objects)
  await push(second)
  await line.roll('payments')
  await scale(line, 4)
  await push(second)
  await check('early')
  await gateway.evictAll()
  await check('early')
  const third = declared(8, 'early', 'late')
  await line.apply(third.objects)
  await push(third)
  // Each shard folds the history of its own users.
  for (const user_id of wanted.keys()) {
    await expect
      .poll(async () => (await line.features('late', { user_id })).statuses, { timeout: 20_000 })
      .toEqual(['PRESENT'])
  }
  await scale(line, 8)
  await check('early', 'late')
  await line.roll('payments')
  await gateway.evictAll()
  await check('early', 'late')
  expect(gateway.reports()).toEqual([])
})

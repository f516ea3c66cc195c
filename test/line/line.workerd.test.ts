import { evictDurableObject, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { messageFormat } from '../../gateway/contracts/message.ts'
import { objectNames } from '../../gateway/platform/object-names.ts'
import { platformPeers } from '../../gateway/platform/peers.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import { limits } from '../../shared/limits.ts'
import { Field, Int64 } from '../../shared/types.ts'
import { testKey, testWorkspaceIds } from '../support/test-keys.ts'
import { type Line, openLine } from './support/line.ts'
import { walkLine } from './support/walk-line.ts'

// The walks take a second or two, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let workspaceId = ''
let taken = 0
beforeEach(() => {
  // The Worker remembers definitions longer than a reset lasts, so each test has a workspace of its own.
  workspaceId = testWorkspaceIds[taken++] ?? ''
})
const peers = platformPeers(env)
afterEach(() => reset())

const ticks = StreamSource({
  name: 'ticks',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('n', Int64)],
})

function lineHere(between?: () => Promise<void>): Line {
  return openLine({
    url: 'https://gateway.example',
    adminKey: testKey('admin', workspaceId),
    ingestKey: testKey('ingest', workspaceId),
    workspace: 'line',
    fetch: (url, request) => exports.default.fetch(url, request),
    ...(between === undefined ? {} : { between }),
  })
}

/** All objects of the workspace, by their names: got by id alone they would not know who they are. */
async function allObjects() {
  const registry = peers.registry(workspaceId)
  const definitions = await registry.definitions({ format: messageFormat })
  const { sources = [], entitySets = [] } = definitions ?? {}
  return [
    env.REGISTRY.getByName(objectNames.registry(workspaceId)),
    ...sources.map(({ id }) => env.CATALOGUE.getByName(objectNames.catalogue(workspaceId, id))),
    ...sources.map(({ id }) =>
      env.LOG_PARTITION.getByName(objectNames.partition(workspaceId, id, 0)),
    ),
    ...entitySets.map(({ id }) =>
      env.FEATURE_SHARD.getByName(objectNames.shard(workspaceId, id, 0)),
    ),
  ]
}

/** Runs every object's alarm as if this much time had gone by. Gives how many had one. */
async function passTime(ms: number): Promise<number> {
  vi.setSystemTime(Date.now() + ms)
  const ran = await Promise.all((await allObjects()).map(object => runDurableObjectAlarm(object)))
  return ran.filter(Boolean).length
}

function fakeDates() {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

test('a record goes the whole way inside workerd', () => walkLine(lineHere()))

test('it goes the same way when all alarms run and all objects are evicted before every request', async () => {
  fakeDates()
  let alarms = 0
  const unkind = async () => {
    // Longer than the quiet after which a shard writes its pages, shorter than the age of a roll.
    alarms += await passTime(6_000)
    await Promise.all((await allObjects()).map(object => evictDurableObject(object)))
  }
  const line = lineHere(unkind)
  await walkLine(line)
  expect(alarms).toBeGreaterThan(0)

  // The rolled rows have left the tail for good: features stand on what the shard wrote, frames on parts.
  const definitions = await peers.registry(workspaceId).definitions({ format: messageFormat })
  const partition = peers.partition(workspaceId, definitions?.sources[0]?.id ?? '', 0)
  const tail = await partition.readTail({ format: messageFormat, after: -1, upTo: 44 })
  expect(tail).toEqual({ format: messageFormat, outcome: 'forgotten', first: 43 })
  expect(await line.dataFrame('purchases')).toHaveLength(45)
  for (const user of ['ann', 'ben', 'gül']) {
    const { statuses } = await line.features('purchase_features', { user })
    expect(statuses).toEqual(['PRESENT', 'PRESENT', 'PRESENT'])
  }
})

test('a tail is rolled by its age, by the alarm alone', async () => {
  fakeDates()
  const line = lineHere()
  await line.apply([ticks])
  const client = line.client()
  for (const n of [1, 2, 3]) client.push(ticks, { n })
  await client.flush()

  await passTime(limits.rollAgeMs - 1_000)
  expect(await line.counts('ticks')).toEqual({ rows: 3, tailRows: 3, parts: 0 })
  await passTime(2_000)
  expect(await line.counts('ticks')).toEqual({ rows: 3, tailRows: 0, parts: 1 })
  expect(await line.dataFrame('ticks')).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])

  client.push(ticks, { n: 4 })
  await client.close()
  expect(await line.dataFrame('ticks')).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
})

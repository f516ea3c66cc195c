import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { appendOf, testWorkspace, verdictsOf } from '../support/test-workspace.ts'

const message = { format: 1 }
const weekMs = 7 * 86_400_000

afterEach(() => {
  vi.useRealTimers()
})

it('knows a producer although the clock was set back over the end of a week', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const workspace = testWorkspace(0)
  await workspace.apply([plainSource('numbers')])
  const partition = workspace.partition('numbers')
  const weekEnds = Math.ceil(Date.now() / weekMs) * weekMs
  vi.setSystemTime(weekEnds + 1)
  await partition.append(appendOf(0, 1))
  await partition.roll(message)
  vi.setSystemTime(weekEnds - 1)
  await partition.append(appendOf(1, 1))
  await partition.roll(message)
  await evictDurableObject(partition)
  const [verdict] = verdictsOf(await partition.append(appendOf(1, 1)))
  expect(verdict).toEqual({ status: 'duplicate' })
})

it('writes what a shard has folded although its clock was set back by years', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const nowMs = Date.now()
  const workspace = testWorkspace(1)
  const clicks = clicksSource()
  const { view, service } = latestClick(clicks)
  await workspace.apply([clicks, view, service])
  const [{ id: entitySetId } = { id: '' }] = (await workspace.definitions())?.entitySets ?? []
  const name = objectNames.shard(workspace.workspaceId, entitySetId, 0)
  const shard = env.FEATURE_SHARD.getByName(name)
  vi.setSystemTime(nowMs + 500 * weekMs)
  await workspace.pushRecords('clicks', [click('a', 1)])
  vi.setSystemTime(nowMs)
  const sourceId = workspace.idOf('stream_source', 'clicks')
  const ask = { ...message, sourceId, partition: 0, after: 0, upTo: 0, pieces: [] }
  expect(await shard.deliver({ ...ask, subscriptions: [] })).toMatchObject({ mark: 0, durable: -1 })
  await runDurableObjectAlarm(shard)
  expect(await shard.deliver({ ...ask, subscriptions: [] })).toMatchObject({ mark: 0, durable: 0 })
})

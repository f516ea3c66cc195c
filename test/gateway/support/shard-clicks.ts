import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import {
  Attribute,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { murmur3 } from '../../../shared/murmur3.ts'
import { Field, Int64, String, Timestamp } from '../../../shared/types.ts'
import type { OpenShard } from './open-shard.ts'
import { click, user } from './test-definitions.ts'
import { producerOf, type TestWorkspace, testWorkspace } from './test-workspace.ts'

const message = { format: 1 }
const hourMs = 3_600_000
const hashOf = ({ json }: { readonly json: unknown }) => `${Reflect.get(Object(json), 'hash')}`

function sourceOf(partitions: number, logOffline = true) {
  return StreamSource({
    name: 'clicks',
    streamConfig: PushConfig({ logOffline, timestampField: 'at', partitions }),
    schema: [Field('user', String), Field('at', Timestamp), Field('n', Int64)],
  })
}

export function viewOf(name: string, source: ReturnType<typeof sourceOf>) {
  return StreamFeatureView({ name, source, entities: [user], features: [Attribute('n', Int64)] })
}

/** A producer of each partition. */
const producers = [0, 1].map(partition => {
  for (let at = 1; ; at++) if ((murmur3(producerOf(at)) & 1) === partition) return producerOf(at)
})
export const users = Array.from({ length: 40 }, (_, at) => `u${at}`)

/** Pushes records to a partition, and knows what a view has to say of them. */
function pushing(workspace: TestWorkspace) {
  const next = [0, 0]
  let pushed = 0
  const counts = new Map<string, [n: number, count: number]>()
  return {
    async push(partition: number, count: number): Promise<void> {
      for (let left = count; left > 0; left -= 500) {
        const elements = Array.from({ length: Math.min(left, 500) }, () => {
          const n = pushed++
          const name = users[(n * 7) % users.length] ?? ''
          counts.set(name, [n, (counts.get(name)?.[1] ?? 0) + 1])
          const sequence = next[partition] ?? 0
          next[partition] = sequence + 1
          return [sequence, click(name, n)] as const
        })
        const receipts = await workspace.pushNumbered(
          'clicks',
          producers[partition] ?? '',
          elements,
        )
        expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['accepted']))
      }
    },
    all: () => users.map(name => [counts.get(name) ?? 'missing']),
  }
}

/** Rolls and forgets a partition's tail, once the shard that runs has stored what it folded of it. */
export async function moveTail(workspace: TestWorkspace, partition = 0): Promise<void> {
  const log = workspace.partition('clicks', partition)
  const definitions = await workspace.definitions()
  const [set] = definitions?.entitySets ?? []
  if (set !== undefined) {
    vi.setSystemTime(Date.now() + 6_000)
    const name = objectNames.shard(workspace.workspaceId, set.id, 0)
    await runDurableObjectAlarm(env.FEATURE_SHARD.getByName(name))
  }
  await log.roll(message)
  await log.wake(message)
  await runDurableObjectAlarm(log)
  const { first, last } = await log.snapshot(message)
  expect(first).toBe(last + 1)
}

/** Rings until a view is served; gives how often. */
export async function serve(shard: OpenShard, most = 20): Promise<number> {
  for (let rung = 1; rung <= most; rung++) {
    await shard.ring(6_000)
    if (Object.keys((await shard.state()).withheld).length === 0) return rung
  }
  throw new Error('The view is never served.')
}

/** Two partitions with parts and tails; a view that comes after them. */
export async function lateView(at: number, sizes: readonly [number, number] = [2_600, 300]) {
  vi.useFakeTimers({ toFake: ['Date'] })
  const workspace = testWorkspace(at)
  const clicks = sourceOf(2)
  const { push, all } = pushing(workspace)
  const before = await workspace.apply([clicks])
  for (const [partition, size] of sizes.entries()) {
    await push(partition, size)
    await moveTail(workspace, partition)
    await push(partition, 100)
  }
  const view = viewOf('late', clicks)
  const service = FeatureService({ name: 'service', features: [view] })
  expect((await workspace.apply([clicks, view, service], hashOf(before))).status).toBe(200)
  return { workspace, clicks, push, all }
}

/** A view that was there from the beginning. */
export async function earlyView(at: number, logOffline = true) {
  vi.useFakeTimers({ toFake: ['Date'] })
  const workspace = testWorkspace(at)
  const clicks = sourceOf(1, logOffline)
  const view = viewOf('early', clicks)
  const service = FeatureService({ name: 'service', features: [view] })
  const definitions = [clicks, view, service] as const
  const hash = hashOf(await workspace.apply(definitions))
  const { push, all } = pushing(workspace)
  await push(0, 300)
  const sourceId = workspace.idOf('stream_source', 'clicks')
  return { workspace, definitions, hash, push, all, sourceId }
}

/** The same; what was pushed is in parts only, or nowhere. */
export async function forgotten(at: number, logOffline = true) {
  const early = await earlyView(at, logOffline)
  await moveTail(early.workspace)
  return early
}

/** A rebuild that cannot be: the view says why, waits an hour, and then for somebody who asks. */
export async function staysDegraded(shard: OpenShard, reason: RegExp): Promise<void> {
  await shard.read(['u0'])
  for (let rung = 0; rung < 5; rung++) await shard.ring(6_000)
  const [viewId = ''] = shard.viewIds
  const stored = () => shard.storage.sql('SELECT status, generation, reason FROM view_states')
  expect(stored()).toMatchObject([{ status: 'degraded', reason: expect.stringMatching(reason) }])
  expect((await shard.state()).withheld).toEqual({ [viewId]: 'degraded' })
  expect([shard.duties(), shard.isAlarmSet()]).toEqual([[], false])
  const generation = Number(stored()[0]?.generation)
  // An hour later it is tried again as soon as it is asked for, once.
  expect(await shard.ring(hourMs + 60_000)).toBe(false)
  expect(await shard.read(['u0'])).toEqual([['unknown']])
  for (let rung = 0; rung < 5; rung++) await shard.ring(6_000)
  expect(stored()).toMatchObject([{ status: 'degraded', generation: generation + 1 }])
  expect([shard.duties(), shard.isAlarmSet()]).toEqual([[], false])
}

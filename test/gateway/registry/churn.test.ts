import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { Attribute, Entity, FeatureService, StreamFeatureView } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { appliedTo } from '../support/apply-later.ts'
import { click, clicksSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const sources = { clicks: clicksSource('clicks'), orders: clicksSource('orders') }
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const both = Entity({ name: 'user', joinKeys: [Field('user', String), Field('n', Int64)] })
const n = Attribute('n', Int64)
const viewOn = (of: keyof typeof sources, more: boolean, keys: boolean) =>
  StreamFeatureView({
    name: 'latest',
    source: sources[of],
    entities: [keys ? both : user],
    features: more ? [n, Attribute('user', String)] : [n],
  })
const variants = (['clicks', 'orders'] as const).flatMap(of =>
  [false, true].flatMap(more => [false, true].map(keys => ({ of, more, keys }))),
)
const step = fc.oneof(
  fc.record({ kind: fc.constant('apply' as const), at: fc.nat(variants.length) }),
  fc.record({ kind: fc.constant('push' as const), to: fc.constantFrom('clicks', 'orders') }),
  fc.record({
    kind: fc.constant('evict' as const),
    what: fc.constantFrom('registry', 'partition', 'shard'),
  }),
  fc.record({ kind: fc.constant('scale' as const) }),
  fc.record({ kind: fc.constant('read' as const) }),
)
/** Each run has a workspace of its own. */
let at = 0

it('never serves an old value, whatever becomes of a view while records come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 30 }), async steps => {
      const workspace = testWorkspace(at++)
      const { workspaceId } = workspace
      const last: Record<string, number> = {}
      let current: (typeof variants)[number] | undefined
      let hash: string | null = null
      let count = 0
      let shards = 1
      const apply = async (variant: typeof current) => {
        const view = variant && viewOn(variant.of, variant.more, variant.keys)
        const objects = [
          sources.clicks,
          sources.orders,
          ...(view ? [FeatureService({ name: 's', features: [view] })] : []),
        ]
        const reply = await workspace.apply(objects, hash)
        expect([reply.status, reply.text]).toEqual([200, expect.anything()])
        hash = `${Reflect.get(Object(reply.json), 'hash')}`
        current = variant
      }
      const read = async () => {
        if (current === undefined) return 'none'
        const key = current.keys ? { user: 'a', n: `${last[current.of] ?? 0}` } : { user: 'a' }
        const { json, text } = await workspace.features('s', key, { includeServingStatus: true })
        const got = Object(json)
        const status = got.metadata?.features?.[0]?.status
        expect(status, text).toBeDefined()
        if (status === 'UNKNOWN') return 'unknown'
        const wanted = last[current.of]
        expect(got.result.features[0]).toBe(wanted === undefined ? null : `${wanted}`)
        return 'right'
      }
      await apply(undefined)
      for (const one of steps) {
        if (one.kind === 'apply') await apply(variants[one.at])
        else if (one.kind === 'push') {
          count++
          const reply = await workspace.pushRecords(one.to, [click('a', count)])
          expect([reply.status, reply.text]).toEqual([200, expect.anything()])
          last[one.to] = count
        } else if (one.kind === 'read') await read()
        else if (one.kind === 'scale') {
          const sets = (await appliedTo(workspace)).entitySets
          if (shards < 4 && sets.some(set => set.joinKeys === '[["user","string"]]')) {
            shards *= 2
            const body = JSON.stringify({ protocol: 1, join_keys: ['user'], shards })
            const reply = await workspace.send('/api/v1/workspaces/test/shards', {
              method: 'POST',
              body,
            })
            expect([reply.status, reply.text]).toEqual([200, expect.anything()])
          }
        } else if (one.what === 'registry') {
          await workspace.registry().workspace({ format: 1 })
          await evictDurableObject(workspace.registry())
        } else if (one.what === 'partition') {
          await workspace.partition('clicks').snapshot({ format: 1 })
          await evictDurableObject(workspace.partition('clicks'))
        } else {
          for (const set of (await appliedTo(workspace)).entitySets) {
            const stub = env.FEATURE_SHARD.getByName(objectNames.shard(workspaceId, set.id, 0))
            await stub.state({ format: 1 }).catch(() => undefined)
            await evictDurableObject(stub)
          }
        }
      }
      await expect.poll(read, { timeout: 20_000, interval: 100 }).not.toBe('unknown')
    }),
    { numRuns: 12, endOnFailure: true },
  )
}, 120_000)

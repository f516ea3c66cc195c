import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type AnySource,
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, Float64, Int32, Int64, String, Timestamp } from '../../../shared/types.ts'
import { definitionsOf, planned, send } from '../support/planned.ts'
import { canonicalOf } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

/** Schemas of which some follow others in place and some do not. */
const schemas = [
  [Field('user', String), Field('at', Timestamp), Field('n', Int32)],
  [Field('user', String), Field('at', Timestamp), Field('n', Int64)],
  [Field('user', String), Field('n', Int32), Field('at', Timestamp)],
  [
    Field('user', String),
    Field('at', Timestamp),
    Field('n', Int32),
    Field('x', Float64, { nullable: true }),
  ],
  [Field('user', String), Field('at', Timestamp), Field('n', Int32), Field('x', Float64)],
] as const

const sourceOf = fc.record({
  at: fc.nat(schemas.length - 1),
  partitions: fc.constantFrom(1, 2),
  logOffline: fc.boolean(),
  retention: fc.constantFrom(undefined, '1d', '30d'),
  description: fc.constantFrom(undefined, 'Clicks.', 'Other clicks.'),
  preventDestroy: fc.nat(9).map(at => at === 0),
})
const viewOf = fc.record({
  of: fc.constantFrom('a', 'b'),
  features: fc.subarray(['n', 'user'], { minLength: 1 }),
  keys: fc.constantFrom('user', 'both'),
  ttl: fc.constantFrom(undefined, '1h', '2h'),
  online: fc.boolean(),
  preventDestroy: fc.nat(9).map(at => at === 0),
})
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const workspaces = fc.record({
  a: maybe(sourceOf),
  b: maybe(sourceOf),
  v: maybe(viewOf),
  w: maybe(viewOf),
  isServed: fc.boolean(),
})

/** The objects of a workspace; views of sources that are not declared are left out. */
function objectsOf(drawn: typeof workspaces extends fc.Arbitrary<infer T> ? T : never) {
  const sources = new Map(
    (['a', 'b'] as const).flatMap(name => {
      const source = drawn[name]
      if (source === undefined) return []
      const { at, partitions, logOffline, retention, description, preventDestroy } = source
      const made: AnySource = StreamSource({
        name,
        schema: schemas[at] ?? schemas[0],
        streamConfig: PushConfig({
          logOffline,
          partitions,
          timestampField: 'at',
          ...(logOffline && retention !== undefined ? { retention } : {}),
        }),
        preventDestroy,
        ...(description === undefined ? {} : { description }),
      })
      return [[name, { made, n: made.schema.find(({ name }) => name === 'n')?.dtype ?? Int32 }]]
    }),
  )
  const views = (['v', 'w'] as const).flatMap(name => {
    const view = drawn[name]
    const source = view && sources.get(view.of)
    if (view === undefined || source === undefined) return []
    const { features, keys, ttl, online, preventDestroy } = view
    const entity = Entity({
      name: `of_${name}`,
      joinKeys: [Field('user', String), ...(keys === 'both' ? [Field('n', source.n)] : [])],
    })
    return [
      StreamFeatureView({
        name,
        source: source.made,
        entities: [entity],
        features: features.map(column =>
          column === 'n' ? Attribute('n', source.n) : Attribute('user', String),
        ),
        online,
        preventDestroy,
        ...(ttl === undefined ? {} : { ttl }),
      }),
    ]
  })
  const service = drawn.isServed && views.length > 0
  return [
    ...[...sources.values()].map(({ made }) => made),
    ...views,
    ...(service ? [FeatureService({ name: 'service', features: views })] : []),
  ]
}

const everything =
  'applies to the letter what was planned, or nothing, whatever comes after whatever'
it(everything, { timeout: 60_000 }, async () => {
  const workspace = testWorkspace(0)
  let applied = 0
  await fc.assert(
    fc.asyncProperty(workspaces, async drawn => {
      const objects = objectsOf(drawn)
      const plan = await planned(workspace, objects)
      const reply = await send(workspace, '/apply', { plan_id: plan.plan_id })
      if (plan.refusals.length > 0 && plan.changes.length > 0) {
        expect(reply.status).toBe(409)
        expect(await planned(workspace, objects)).toEqual(plan)
        return
      }
      expect(reply.status).toBe(200)
      applied++
      const { json: read } = await workspace.send('/api/v1/workspaces/test/definitions')
      expect(read).toMatchObject({ hash: plan.next_hash, definitions: definitionsOf(objects) })
      expect(JSON.stringify(Reflect.get(Object(read), 'definitions'))).toBe(
        canonicalOf('test', objects),
      )
      expect(await planned(workspace, objects)).toMatchObject({ changes: [], refusals: [] })
      if (plan.changes.length === 0) return
      const { json } = await workspace.send(
        `/api/v1/workspaces/test/history/${Reflect.get(Object(read), 'version')}`,
      )
      expect(json).toMatchObject({ changes: plan.changes })
      const resolved = await workspace.definitions()
      const ids = (resolved?.sources ?? []).flatMap(({ id, views }) => [
        id,
        ...views.map(view => view.id),
      ])
      expect(new Set(ids).size).toBe(ids.length)
    }),
    { numRuns: 60 },
  )
  // Guards stand in the way of many, not of all.
  expect(applied).toBeGreaterThan(10)
})

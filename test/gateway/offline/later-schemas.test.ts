import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { parquetMetadataAsync } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { parseFeaturesRequest } from '../../../gateway/routes/features-request.ts'
import { answerFeatures } from '../../../gateway/routes/features-route.ts'
import {
  Attribute,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import {
  type AnyField,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { appliedTo, applyLater } from '../support/apply-later.ts'
import { closedHoursIn, tenOClock } from '../support/closed-hours.ts'
import { featuresPorts } from '../support/features-ports.ts'
import { user } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const nullable = { nullable: true } as const

/** A source as it was declared three times: fields are added at every place, and types become wider. */
const schemas: readonly (readonly AnyField[])[] = [
  [
    Field('user', String),
    Field('at', Timestamp),
    Field('n', Int32),
    Field('ratio', Float32),
    Field('place', Struct([Field('lat', Float32)])),
  ],
  [
    Field('note', String, nullable),
    Field('user', String),
    Field('at', Timestamp),
    Field('n', Int64),
    Field('ratio', Float32),
    Field('place', Struct([Field('alt', Int32, nullable), Field('lat', Float32)])),
  ],
  [
    Field('note', String, { nullable: true, deprecated: true }),
    Field('user', String),
    Field('tag', String, nullable),
    Field('at', Timestamp),
    Field('n', Int64),
    Field('ratio', Float64),
    Field('place', Struct([Field('alt', Int64, nullable), Field('lat', Float64)])),
  ],
]

function declared(version: number) {
  const source = StreamSource({
    name: 'moves',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
    schema: schemas[version] ?? [],
  })
  const typeOf = (name: string) => source.schema.find(field => field.name === name)?.dtype ?? String
  const features = ['n', 'ratio', 'place'].map(name => Attribute(name, typeOf(name)))
  const view = StreamFeatureView({ name: 'last_move', source, entities: [user], features })
  return [source, view, FeatureService({ name: 'moves_features', features: [view] })]
}

const workspace = testWorkspace(16)
await workspace.apply(declared(0))
const { alarm, closeHour, list, setTime } = closedHoursIn(workspace)
const message = { format: 1 }

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

const first = { at: '2026-01-01T00:00:00.000000Z', ratio: 0.1, place: { lat: 1.1 } }
const second = { ...first, note: 'two', n: '9007199254740993', place: { alt: 7, lat: 1.1 } }
const third = {
  at: first.at,
  tag: 'three',
  note: 'still', // Deprecated by then, and accepted all the same.
  n: -1,
  ratio: 0.1,
  place: { alt: 9007199254740993n, lat: 0.1 },
}

/** The canonical value of a Float32 stays that of its single when it becomes a Float64. */
const single = Math.fround

const rowOf = (user: string, more: object) => ({
  note: null,
  user,
  tag: null,
  at: first.at,
  ...more,
})
const fromFirst = (user: string, n: number) =>
  rowOf(user, { n, ratio: single(0.1), place: { alt: null, lat: single(1.1) } })
const fromSecond = (user: string) =>
  rowOf(user, {
    note: 'two',
    n: 9007199254740993n,
    ratio: single(0.1),
    place: { alt: 7, lat: single(1.1) },
  })
const fromThird = (user: string) =>
  rowOf(user, {
    ...{ note: 'still', tag: 'three', n: -1, ratio: 0.1 },
    place: { alt: 9007199254740993n, lat: 0.1 },
  })

const push = async (...records: readonly object[]) => {
  const text = JSON.stringify(
    {
      workspace_name: workspace.name,
      records: { moves: records.map(record => ({ record })) },
    },
    (_, value) => (typeof value === 'bigint' ? `${value}` : value),
  )
  expect((await workspace.push(text)).status).toBe(200)
}
const roll = () => workspace.partition('moves').roll(message)
const frame = async () =>
  (await workspace.send(`${workspace.sourcePath('moves')}/dataframe`)).text.trimEnd().split('\n')
const lines = (rows: readonly object[]) =>
  rows.map(row =>
    JSON.stringify(row, (_, value) =>
      typeof value === 'bigint' ? JSON.rawJSON(`${value}`) : value,
    ),
  )
const features = async (user: string) => {
  const { json } = await workspace.features('moves_features', { user })
  return json
}
const shard = async () => {
  const [set] = (await appliedTo(workspace)).entitySets
  return env.FEATURE_SHARD.getByName(objectNames.shard(workspace.workspaceId, set?.id ?? '', 0))
}

describe('records of three schemas', () => {
  it('are one data frame and one online state, and one part when they are compacted', async () => {
    await push({ ...first, user: 'a', n: 1 }, { ...first, user: 'b', n: 2 })
    await roll()
    // The shard has caught up by then: later definitions it only reads because records are of them.
    expect(await features('a')).toMatchObject({
      result: { features: ['1', single(0.1), expect.any(Array)] },
    })
    await push({ ...first, user: 'c', n: 3 })
    const old = compileDefinitions(await appliedTo(workspace))
    await applyLater(workspace, declared(1))
    // A tail holds texts of the first schema: what it lacks is filled in where it is read.
    const { tag: _, ...inTail } = fromFirst('c', 3)
    expect((await frame()).at(-1)).toBe(JSON.stringify(inTail))
    // This Worker holds the first definition for seconds; so does the shard, until it is told of newer records.
    await push({ ...second, user: 'd' })
    await roll()
    await push({ ...second, user: 'e' })
    await applyLater(workspace, declared(2))
    const before = [fromFirst('a', 1), fromFirst('b', 2), fromFirst('c', 3)]
    const wanted = [...before, fromSecond('d'), fromSecond('e')]
    expect(await frame()).toEqual(lines(wanted))
    await push({ ...third, user: 'f' })
    await roll()
    await push({ ...third, user: 'g' })
    const all = [...wanted, fromThird('f'), fromThird('g')]
    expect(await frame()).toEqual(lines(all))
    expect((await list('moves')).parts.map(({ rows, version }) => [rows, version])).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ])

    const online = async () => ({
      first: await features('b'),
      second: await features('d'),
      third: await features('g'),
    })
    const served = {
      first: { result: { features: ['2', single(0.1), [null, single(1.1)]] } },
      second: { result: { features: ['9007199254740993', single(0.1), ['7', single(1.1)]] } },
      third: { result: { features: ['-1', 0.1, ['9007199254740993', 0.1]] } },
    }
    expect(await online()).toEqual(served)
    // A Worker that holds the first definition would serve the later values as what they are not.
    const seen: unknown[] = []
    const params = {
      workspaceName: workspace.name,
      featureServiceName: 'moves_features',
      joinKeyMap: { user: 'd' },
    }
    const late = await answerFeatures(
      featuresPorts(),
      parseFeaturesRequest(JSON.stringify({ params })),
      async (_name, _suffices, version) => {
        seen.push(version)
        return version === undefined ? old : compileDefinitions(await appliedTo(workspace))
      },
    )
    expect([await late.json(), seen]).toEqual([served.second, [undefined, 3]])
    await evictDurableObject(await shard())
    expect(await online()).toEqual(served)

    await closeHour('moves')
    const [part, ...others] = (await list('moves')).parts
    expect(others).toEqual([])
    expect([part?.rows, part?.version]).toEqual([6, 3])
    expect(await frame()).toEqual(lines(all))
    const file = await env.LOG.get(part?.key ?? '')
    const { schema } = await parquetMetadataAsync((await file?.arrayBuffer()) ?? new ArrayBuffer())
    // Ids are given in the order in which columns came, and none has changed.
    expect(schema.map(({ name, field_id }) => [name, field_id])).toEqual([
      ['root', undefined],
      ['note', 6000],
      ['user', 1000],
      ['tag', 7000],
      ['at', 2000],
      ['n', 3000],
      ['ratio', 4000],
      ['place', 5000],
      ['alt', 5002],
      ['lat', 5001],
      ['_partition', 1],
      ['_offset', 2],
      ['_ingest_ts', 3],
      ['_version', 4],
    ])

    // A compacted part is held to the digests of all the ranges that it is of, whatever schemas these had.
    vi.setSystemTime(tenOClock)
    await roll()
    await closeHour('moves')
    await alarm('moves')
    const { parts, stopped } = await list('moves')
    expect(stopped).toBeUndefined()
    expect(parts.map(({ rows }) => rows)).toEqual([7])
    expect(await frame()).toEqual(lines(all))
    const audit = await workspace.send(`/api/v1/workspaces/${workspace.name}/audit?deep=true`)
    expect(audit.json).toMatchObject({ agree: true })
  })
})

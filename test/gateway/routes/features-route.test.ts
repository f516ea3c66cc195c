import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import {
  Array as ArrayOf,
  Bool,
  Field,
  Int32,
  Int64,
  Map as MapOf,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const short = clicksSource('short')
const expiring = latestClick(short, '1h')
const place = Struct([Field('lat', Int64), Field('name', String, { nullable: true })])
const things = StreamSource({
  name: 'things',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('id', Int64),
    Field('kind', String),
    Field('at', Timestamp),
    Field('big', Int64),
    Field('small', Int32),
    Field('flag', Bool),
    Field('list', ArrayOf(Int64)),
    Field('tags', MapOf(String, Int64)),
    Field('place', place),
  ],
})
const thing = Entity({ name: 'thing', joinKeys: [Field('id', Int64), Field('kind', String)] })
const zebra = StreamFeatureView({
  name: 'zebra',
  source: things,
  entities: [thing],
  features: [Attribute('small', Int32)],
})
const all = StreamFeatureView({
  name: 'all',
  source: things,
  entities: [thing],
  features: [
    Attribute('big', Int64),
    Attribute('flag', Bool),
    Attribute('list', ArrayOf(Int64)),
    Attribute('tags', MapOf(String, Int64)),
    Attribute('place', place),
    Attribute('at', Timestamp),
  ],
})
const thingService = FeatureService({ name: 'thing_service', features: [zebra, all] })
await workspace.apply([
  clicks,
  view,
  service,
  short,
  expiring.view,
  expiring.service,
  things,
  zebra,
  all,
  thingService,
])

afterEach(() => {
  vi.useRealTimers()
})

const every = {
  includeNames: true,
  includeDataTypes: true,
  includeEffectiveTimes: true,
  includeServingStatus: true,
}

describe('get-features', () => {
  it('gives features alone where nothing else is asked for', async () => {
    await workspace.pushRecords('clicks', [{ ...click('a', 3), score: 1.5 }])
    const { status, json } = await workspace.features('clicks_features', { user: 'a' })
    expect(status).toBe(200)
    expect(json).toEqual({ result: { features: ['3', 1.5] } })
  })

  it('gives names, types, times and statuses where they are asked for', async () => {
    await workspace.pushRecords('clicks', [click('b', 4)])
    const { json } = await workspace.features('clicks_features', { user: 'b' }, every)
    const effectiveTime = '2026-01-02T00:00:04.000000Z'
    expect(json).toEqual({
      result: { features: ['4', null] },
      metadata: {
        features: [
          {
            name: 'latest_clicks.n',
            dataType: { type: 'int64' },
            effectiveTime,
            status: 'PRESENT',
          },
          {
            name: 'latest_clicks.score',
            dataType: { type: 'float64' },
            effectiveTime,
            status: 'PRESENT',
          },
        ],
      },
    })
  })

  it('says MISSING_DATA of an entity that has none', async () => {
    const { status, json } = await workspace.features('clicks_features', { user: 'nobody' }, every)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      result: { features: [null, null] },
      metadata: { features: [{ status: 'MISSING_DATA' }, { status: 'MISSING_DATA' }] },
    })
  })

  it('says MISSING_DATA once the ttl is over, by the event time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const at = new Date(Date.now() - 3_000_000).toISOString()
    await workspace.pushRecords('short', [{ user: 'a', at, n: 1 }])
    const read = () => workspace.features('short_features', { user: 'a' }, every)
    expect((await read()).json).toMatchObject({ result: { features: ['1', null] } })
    vi.setSystemTime(Date.now() + 601_000)
    expect((await read()).json).toMatchObject({
      result: { features: [null, null] },
      metadata: { features: [{ status: 'MISSING_DATA' }, { status: 'MISSING_DATA' }] },
    })
  })

  it('counts the ttl from the arrival of what a fast clock stamped', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const at = new Date(Date.now() + 3_000_000).toISOString()
    await workspace.pushRecords('short', [{ user: 'early', at, n: 1 }])
    const read = async () => (await workspace.features('short_features', { user: 'early' })).json
    expect(await read()).toEqual({ result: { features: ['1', null] } })
    vi.setSystemTime(Date.now() + 3_601_000)
    expect(await read()).toEqual({ result: { features: [null, null] } })
  })

  it('serves every type as Tecton does, views in alphabetical order', async () => {
    const record = {
      id: '9007199254740993',
      kind: 'k',
      at: '2026-01-01T00:00:00.5Z',
      big: '9223372036854775807',
      small: -3,
      flag: false,
      list: [1, '9007199254740993'],
      tags: { b: 2, a: 1 },
      place: { lat: 7 },
    }
    expect((await workspace.pushRecords('things', [record])).status).toBe(200)
    for (const id of ['"9007199254740993"', '9007199254740993']) {
      const { json } = await workspace.send('/api/v1/feature-service/get-features', {
        method: 'POST',
        body: `{"params":{"workspace_name":"test","feature_service_name":"thing_service","join_key_map":{"kind":"k","id":${id}},"metadata_options":{"include_names":true,"include_data_types":true}}}`,
      })
      expect(json).toMatchObject({
        result: {
          features: [
            '9223372036854775807',
            false,
            ['1', '9007199254740993'],
            { a: '1', b: '2' },
            ['7', null],
            '2026-01-01T00:00:00.500000Z',
            '-3',
          ],
        },
        metadata: {
          features: [
            { name: 'all.big', dataType: { type: 'int64' } },
            { name: 'all.flag', dataType: { type: 'boolean' } },
            { dataType: { type: 'array', elementType: { type: 'int64' } } },
            {
              dataType: { type: 'map', keyType: { type: 'string' }, valueType: { type: 'int64' } },
            },
            { dataType: { type: 'struct', fields: [{ name: 'lat' }, { name: 'name' }] } },
            { dataType: { type: 'timestamp' } },
            { name: 'zebra.small', dataType: { type: 'int64' } },
          ],
        },
      })
    }
  })

  it('takes the service by its id', async () => {
    const { json } = await workspace.send('/api/v1/feature-service/get-features', {
      method: 'POST',
      body: JSON.stringify({
        params: {
          workspaceName: 'test',
          featureServiceId: workspace.idOf('feature_service', 'clicks_features'),
          joinKeyMap: { user: 'nobody' },
        },
      }),
    })
    expect(json).toEqual({ result: { features: [null, null] } })
  })

  it('serves what was applied a moment ago, whatever copy of the definitions is at hand', async () => {
    const growing = testWorkspace(1)
    await growing.apply([service])
    expect((await growing.features('clicks_features', { user: 'a' })).status).toBe(200)
    const { hash = '' } = (await growing.definitions()) ?? {}
    expect((await growing.apply([service, expiring.service], hash)).status).toBe(200)
    expect((await growing.features('short_features', { user: 'a' })).status).toBe(200)
  })

  const refused: readonly (readonly [string, number, string, unknown])[] = [
    ['a missing join key', 400, 'clicks_features', {}],
    ['an unknown join key', 400, 'clicks_features', { user: 'a', other: 1 }],
    ['__proto__ as join key', 400, 'clicks_features', JSON.parse('{"user":"a","__proto__":1}')],
    ['a join key of another type', 400, 'clicks_features', { user: 1 }],
    ['a join key that is null', 400, 'clicks_features', { user: null }],
    ['no map of join keys', 400, 'clicks_features', 'a'],
    ['an unknown service', 404, 'none', { user: 'a' }],
    ['no service', 400, '', { user: 'a' }],
  ]
  it.each(refused)('refuses %s as Tecton does', async (_, status, name, keys) => {
    const reply = await workspace.features(name, keys)
    expect(reply.status).toBe(status)
    const message = expect.any(globalThis.String)
    expect(reply.json).toEqual({ error: message, message, code: status === 400 ? 3 : 5 })
  })
})

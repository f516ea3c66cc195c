import { describe, expect, it } from 'vitest'
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
  Float64,
  Int32,
  String,
  Timestamp,
} from '../../../shared/types.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const orders = StreamSource({
  name: 'orders',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('shop', Int32),
    Field('online', Bool),
    Field('at', Timestamp),
    Field('total', Float64),
    Field('items', ArrayOf(String)),
  ],
})
const shop = Entity({ name: 'shop', joinKeys: [Field('shop', Int32), Field('online', Bool)] })
const said = StreamFeatureView({
  name: 'said',
  description: 'The newest order of a shop',
  tags: { team: 'shops' },
  source: orders,
  entities: [shop],
  features: [Attribute('total', Float64), Attribute('items', ArrayOf(String))],
})
const unsaid = StreamFeatureView({
  name: 'unsaid',
  source: orders,
  entities: [Entity({ name: 'shop_alone', joinKeys: [Field('shop', Int32)] })],
  features: [Attribute('total', Float64)],
})
const service = FeatureService({ name: 'shops:v2', features: [unsaid, said] })

const workspace = testWorkspace(0)
await workspace.apply([service, FeatureService({ name: 'other', features: [unsaid] })])
await workspace.pushRecords('orders', [
  { shop: 7, online: true, at: '2026-01-02T00:00Z', total: 2.5, items: ['a'] },
])

const first = '/api/v1/feature-service'
const second = '/api/v2/workspaces/test/feature-services/shops:v2'
const names = { workspaceName: 'test', featureServiceName: 'shops:v2' }
const joinKeyMap = { shop: 7, online: true }
const post = (path: string, params: object) =>
  workspace.send(path, { method: 'POST', body: JSON.stringify({ params }) })
/** The same in snake_case, all the way down to what users name themselves. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      name === 'joinKeyMap' ? member : snake(member),
    ]),
  )
}
const bothWays = (params: object): object[] => [params, Object(snake(params))]
const values = { result: { features: [2.5, ['a'], 2.5] } }

describe('version 2', () => {
  it.each([
    ['get-features', { joinKeyMap }, values],
    ['get-features-batch', { requestData: [{ joinKeyMap }] }, { result: [values.result] }],
  ])(
    '%s takes its names from the path, and again where they are the same',
    async (route, asked, reply) => {
      for (const params of [asked, { ...asked, ...names }]) {
        for (const written of bothWays(params)) {
          const { status, json } = await post(`${second}/${route}`, written)
          expect([status, json]).toEqual([200, reply])
        }
      }
      const one = await post(`${first}/${route}`, { ...asked, ...names })
      expect(one.json).toEqual(reply)
      const encoded = await post(`${second.replace(':v2', '%3Av2')}/${route}`, asked)
      expect(encoded.json).toEqual(reply)
    },
  )

  it.each([
    [
      { workspaceName: 'another' },
      '"params.workspaceName" is "another", but the path says "test".',
    ],
    [{ featureServiceName: 'other' }, '"params.featureServiceName" is "other", but the path says'],
    [{ featureServiceId: 'other' }, '"params.featureServiceId" is not the id of "shops:v2".'],
  ])('refuses %o beside other names in the path', async (other, sentence) => {
    const { status, json } = await post(`${second}/get-features`, { joinKeyMap, ...other })
    const message = expect.stringContaining(sentence)
    expect([status, json]).toEqual([400, { error: message, code: 3, message }])
  })

  it('knows no workspace but the key’s', async () => {
    const path = '/api/v2/workspaces/none/feature-services/shops:v2/get-features'
    expect(await post(path, { joinKeyMap })).toMatchObject({ status: 404, json: { code: 5 } })
  })
})

describe('metadata of a service', () => {
  const expected = {
    featureServiceType: 'DEFAULT',
    inputJoinKeys: [
      { name: 'shop', dataType: { type: 'int64' }, type: 'int64' },
      { name: 'online', dataType: { type: 'boolean' }, type: 'boolean' },
    ],
    inputRequestContextKeys: [],
    featureValues: [
      { name: 'said.total', dataType: { type: 'float64' } },
      { name: 'said.items', dataType: { type: 'array', elementType: { type: 'string' } } },
      { name: 'unsaid.total', dataType: { type: 'float64' } },
    ],
  }

  it('is the same in both versions and casings', async () => {
    for (const params of bothWays(names)) {
      expect((await post(`${first}/metadata`, params)).json).toEqual(expected)
    }
    const { status, json } = await workspace.send(`${second}/metadata`)
    expect([status, json]).toEqual([200, expected])
  })

  it('of one that is unknown is a 404 in Tecton’s manner', async () => {
    for (const reply of [
      await post(`${first}/metadata`, { ...names, featureServiceName: 'none' }),
      await workspace.send(second.replace('shops:v2', 'none/metadata')),
    ]) {
      expect(reply).toMatchObject({ status: 404, json: { code: 5 } })
    }
    expect(await post(`${first}/metadata`, {})).toMatchObject({ status: 400, json: { code: 3 } })
  })
})

describe('metadata of features', () => {
  it('has what was said of their views where that is asked for', async () => {
    const { json } = await post(`${second}/get-features`, {
      joinKeyMap,
      metadataOptions: {
        includeNames: true,
        includeFeatureDescriptions: true,
        includeFeatureTags: true,
      },
    })
    const of = { description: 'The newest order of a shop', tags: { team: 'shops' } }
    expect(json).toEqual({
      ...values,
      metadata: {
        features: [
          { name: 'said.total', ...of },
          { name: 'said.items', ...of },
          { name: 'unsaid.total', tags: {} },
        ],
      },
    })
  })

  it('says how long it took, and what the shards said in bytes', async () => {
    const { json } = await post(`${second}/get-features`, {
      joinKeyMap,
      metadataOptions: { includeSloInfo: true },
    })
    const seconds = expect.toSatisfy(value => typeof value === 'number' && value >= 0)
    expect(json).toMatchObject({
      metadata: {
        sloInfo: {
          sloEligible: true,
          sloIneligibilityReasons: [],
          sloServerTimeSeconds: seconds,
          serverTimeSeconds: seconds,
          storeMaxLatency: seconds,
          storeResponseSizeBytes: expect.toSatisfy(bytes => Number(bytes) > 100),
        },
      },
    })
  })
})

describe('a request', () => {
  const taken: readonly object[] = [
    { requestContextMap: {}, requestOptions: {} },
    { requestContextMap: null, metadataOptions: null, requestOptions: null },
    { requestOptions: { latencyBudgetMs: '9000', readFromCache: true, writeToCache: false } },
    { requestOptions: { latencyBudgetMs: 10_000, aNewerOption: 'x' } },
    { requestOptions: { aggregationLeadingEdge: 'AGGREGATION_MODE_WALL_CLOCK_TIME' } },
    { requestOptions: { aggregationLeadingEdge: 'AGGREGATION_MODE_LATEST_EVENT_TIME' } },
    { allowPartialResults: true },
    // The Java client sends texts alone.
    { joinKeyMap: { shop: '7', online: 'true' } },
  ]
  it.each(taken)('may say %o', async more => {
    for (const params of bothWays({ joinKeyMap, ...more })) {
      const { status, json } = await post(`${second}/get-features`, params)
      expect([status, json]).toEqual([200, values])
    }
  })

  const refused: readonly (readonly [object, string])[] = [
    [{ requestContextMap: { amount: 1 } }, 'Unexpected request context key: amount'],
    [{ requestContextMap: [] }, '"params.requestContextMap" is an object.'],
    [{ joinKeyMap: null }, 'Missing required join key: shop'],
    [{ joinKeyMap: { shop: 7, online: 'yes' } }, 'Invalid join key: online'],
    [{ joinKeyMap: { ...joinKeyMap, user: 1 } }, 'Unexpected join key: user'],
    [{ allowPartialResults: 'true' }, '"params.allowPartialResults" is true or false.'],
    [{ metadataOptions: 'all' }, '"params.metadataOptions" is an object.'],
    [{ metadataOptions: { includeNames: 1 } }, '"params.metadataOptions.includeNames" is true or'],
    [{ requestOptions: [] }, '"params.requestOptions" is an object.'],
    [{ requestOptions: { readFromCache: 'yes' } }, '"params.requestOptions.readFromCache" is true'],
    [{ requestOptions: { latencyBudgetMs: 0 } }, 'a whole number of milliseconds from 1 to 10000'],
    [{ requestOptions: { latencyBudgetMs: '1.5' } }, 'a whole number of milliseconds'],
    [{ requestOptions: { latencyBudgetMs: 10_001 } }, 'a whole number of milliseconds'],
    [{ requestOptions: { latencyBudgetMs: true } }, 'a whole number of milliseconds'],
    [
      { requestOptions: { aggregationLeadingEdge: 'toString' } },
      'AGGREGATION_MODE_WALL_CLOCK_TIME or',
    ],
  ]
  it.each(refused)('may not say %o', async (more, sentence) => {
    for (const params of bothWays({ joinKeyMap, ...more })) {
      const { status, json } = await post(`${second}/get-features`, params)
      const message = expect.stringContaining(sentence)
      expect([status, json]).toEqual([400, { error: message, code: 3, message }])
    }
  })

  it('of version 1 names one service, by its name or its id', async () => {
    const id = workspace.idOf('feature_service', 'shops:v2')
    for (const named of [{ featureServiceId: id, ...names }, { workspaceName: 'test' }]) {
      expect(await post(`${first}/get-features`, { joinKeyMap, ...named })).toMatchObject({
        status: 400,
        json: { message: expect.stringContaining('Exactly one of') },
      })
    }
  })
})

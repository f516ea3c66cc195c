import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LineGateway, startGateway } from '../line/support/gateway.ts'
import { featuresDict } from './features-reader.ts'
import { openTecton } from './support.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const path = '/api/v1/feature-service/get-features'
const record = {
  user_id: 'u1',
  timestamp: '2026-08-21T01:23:58.996Z',
  clicked: '9223372036854775807',
  amount: 216409.5,
  flag: true,
  tags: ['a', 'b'],
  pair: { n: -3, x: 2.46 },
  sums: { '10': 1, b: '-9007199254740993' },
}

async function openWithRecord() {
  const tecton = await openTecton(gateway)
  const { workspace, post } = tecton
  const pushed = await post('/ingest', {
    workspace_name: workspace,
    records: {
      clicks: [{ record }],
      counters: [{ record: { id: 7, shelf: 1, at: '2026-01-02T00:00Z', n: -2147483648 } }],
    },
  })
  expect(pushed.status).toBe(200)
  return tecton
}

const allMetadata = {
  includeNames: true,
  includeDataTypes: true,
  includeEffectiveTimes: true,
  includeSloInfo: true,
  includeServingStatus: true,
  includeFeatureDescriptions: false,
  includeFeatureTags: false,
}

test('the Python client: camelCase, everything asked for, values read by name and type', async () => {
  const { workspace, post } = await openWithRecord()
  const { status, json } = await post(path, {
    params: {
      workspaceName: workspace,
      featureServiceName: 'fs:v2',
      joinKeyMap: { user_id: 'u1' },
      requestContextMap: {},
      allowPartialResults: false,
      metadataOptions: allMetadata,
      requestOptions: { readFromCache: true, writeToCache: true, latencyBudgetMs: '200' },
    },
  })
  expect(status).toBe(200)
  expect(featuresDict(json)).toEqual({
    'clicks_fv.amount': 216409.5,
    'clicks_fv.clicked': 9223372036854775807n,
    'clicks_fv.flag': true,
    'clicks_fv.pair': { n: -3n, x: 2.46 },
    'clicks_fv.sums': { '10': 1n, b: -9007199254740993n },
    'clicks_fv.tags': ['a', 'b'],
    'clicks_fv.timestamp': '2026-08-21T01:23:58.996000Z',
  })
  expect(json).toMatchObject({
    metadata: {
      features: Array(7).fill({
        status: 'PRESENT',
        effectiveTime: expect.stringContaining('2026-08-21T01:23:58.996'),
      }),
    },
  })
})

test('the Java client: snake_case, keys as decimal strings, int32 served as int64', async () => {
  const { workspace, post } = await openWithRecord()
  const ask = (joinKeys: object) =>
    post(path, {
      params: {
        workspace_name: workspace,
        feature_service_name: 'counters',
        join_key_map: joinKeys,
        metadata_options: {
          include_names: true,
          include_data_types: true,
          include_effective_times: true,
        },
      },
    })
  for (const joinKeys of [
    { id: '7', shelf: 1 },
    { id: 7, shelf: '1' },
  ]) {
    const { status, json } = await ask(joinKeys)
    expect(status).toBe(200)
    expect(featuresDict(json)).toEqual({ 'counters_fv.n': -2147483648n })
    expect(json).toMatchObject({ metadata: { features: [{ dataType: { type: 'int64' } }] } })
  }
})

test('without metadata options there is no metadata', async () => {
  const { workspace, post } = await openWithRecord()
  const { status, json } = await post(path, {
    params: {
      workspaceName: workspace,
      featureServiceName: 'counters',
      joinKeyMap: { id: '7', shelf: 1 },
    },
  })
  expect(status).toBe(200)
  expect(json).toEqual({ result: { features: ['-2147483648'] } })
})

test('an entity without data is a vector of nulls, and a 200', async () => {
  const { workspace, post } = await openWithRecord()
  const { status, json } = await post(path, {
    params: {
      workspaceName: workspace,
      featureServiceName: 'fs:v2',
      joinKeyMap: { user_id: 'nobody' },
      metadataOptions: allMetadata,
    },
  })
  expect(status).toBe(200)
  expect(Object.values(featuresDict(json))).toEqual(Array(7).fill(null))
  expect(json).toMatchObject({ metadata: { features: Array(7).fill({ status: 'MISSING_DATA' }) } })
  expect(JSON.stringify(json)).not.toContain('effectiveTime')
})

test.each([
  ['malformed JSON', () => '{', 400, 3],
  ['a missing join key', params => ({ ...params, joinKeyMap: {} }), 400, 3],
  ['a join key of another type', params => ({ ...params, joinKeyMap: { user_id: 1 } }), 400, 3],
  ['an unknown service', params => ({ ...params, featureServiceName: 'none' }), 404, 5],
  ['an unknown workspace', params => ({ ...params, workspaceName: 'none' }), 404, 5],
] satisfies [string, (params: object) => string | object, number, number][])(
  '%s is told in the form that both clients read: an integer code, a message',
  async (_, spoil, status, code) => {
    const { workspace, post } = await openTecton(gateway)
    const params = spoil({
      workspaceName: workspace,
      featureServiceName: 'fs:v2',
      joinKeyMap: { user_id: 'u1' },
    })
    const reply = await post(path, typeof params === 'string' ? params : { params })
    expect(reply.status).toBe(status)
    expect(reply.json).toEqual({ error: expect.any(String), code, message: expect.any(String) })
  },
)

test('an ingest key may not read, and no key is asked for a better one', async () => {
  const { workspace, line, post } = await openTecton(gateway)
  const body = { params: { workspaceName: workspace, featureServiceName: 'fs:v2', joinKeyMap: {} } }
  const refused = await post(path, body, { Authorization: `Tecton-key ${line.ingestKey}` })
  expect(refused).toMatchObject({ status: 403, json: { code: 7 } })
  expect(await post(path, body, {})).toMatchObject({ status: 401, json: { code: 16 } })
})

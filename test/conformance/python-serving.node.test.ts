import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Problem, problemResponse } from '../../gateway/routes/problem.ts'
import { type LineGateway, startGateway } from '../line/support/gateway.ts'
import {
  allMetadata,
  pythonError,
  pythonFeatures,
  pythonFeaturesBody,
  pythonMetadata,
  pythonSloInfo,
} from './python-client.ts'
import { servingErrors } from './serving-errors.ts'
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
    records: { clicks: [{ record }] },
  })
  expect(pushed.status).toBe(200)
  return tecton
}

test('get_features: values of every type by name', async () => {
  const { workspace, post } = await openWithRecord()
  for (const options of [{}, allMetadata]) {
    const body = pythonFeaturesBody(workspace, 'fs:v2', { user_id: 'u1' }, options)
    const { status, json } = await post(path, body)
    expect(status).toBe(200)
    expect(pythonFeatures(json)).toEqual({
      'clicks_fv.amount': 216409.5,
      'clicks_fv.clicked': 9223372036854775807n,
      'clicks_fv.flag': true,
      'clicks_fv.pair': { n: -3n, x: 2.46 },
      'clicks_fv.sums': { '10': 1n, b: -9007199254740993n },
      'clicks_fv.tags': ['a', 'b'],
      'clicks_fv.timestamp': '2026-08-21T01:23:58.996000Z',
    })
  }
})

test('MetadataOptions.all(): times, statuses, descriptions, tags and SLO info', async () => {
  const { workspace, post } = await openWithRecord()
  const body = pythonFeaturesBody(workspace, 'fs:v2', { user_id: 'u1' }, allMetadata)
  const { json } = await post(path, body)
  expect(json).toMatchObject({
    metadata: {
      features: Array(7).fill({
        status: 'PRESENT',
        effectiveTime: '2026-08-21T01:23:58.996000Z',
        tags: {},
      }),
    },
  })
  expect(pythonSloInfo(json)).toEqual({
    sloEligible: true,
    sloIneligibilityReasons: [],
    sloServerTimeSeconds: expect.any(Number),
    serverTimeSeconds: expect.any(Number),
    storeMaxLatency: expect.any(Number),
    storeResponseSizeBytes: expect.any(Number),
  })
})

test('an entity without data is a vector of nulls, and a 200', async () => {
  const { workspace, post } = await openWithRecord()
  const body = pythonFeaturesBody(workspace, 'fs:v2', { user_id: 'nobody' }, allMetadata)
  const { status, json } = await post(path, body)
  expect(status).toBe(200)
  expect(Object.values(pythonFeatures(json))).toEqual(Array(7).fill(null))
  expect(json).toMatchObject({ metadata: { features: Array(7).fill({ status: 'MISSING_DATA' }) } })
  expect(JSON.stringify(json)).not.toContain('effectiveTime')
})

test('without metadata options there is no metadata', async () => {
  const { workspace, post } = await openTecton(gateway)
  const { status, json } = await post(path, {
    params: {
      workspaceName: workspace,
      featureServiceName: 'counters',
      joinKeyMap: { id: '7', shelf: 1 },
    },
  })
  expect([status, json]).toEqual([200, { result: { features: [null] } }])
})

test('get_features of a view that is copied to the edge, of which it takes copies', async () => {
  const { workspace, post } = await openTecton(gateway)
  const at = new Date().toISOString()
  const record = { user_id: 'u1', at, item: 'a', pieces: 1, amount: 1 }
  await post('/ingest', { workspace_name: workspace, records: { sales: [{ record }] } })
  const body = pythonFeaturesBody(workspace, 'near', { user_id: 'u1' }, allMetadata)
  const status = await vi.waitFor(
    async () => {
      const { json } = await post(path, body)
      expect(pythonFeatures(json)).toEqual({ 'near_fv.item': 'a' })
      expect(json).toMatchObject({ metadata: { features: [{ status: 'CACHED_PRESENT' }] } })
      return 'cached'
    },
    { timeout: 20_000 },
  )
  expect(status).toBe('cached')
})

test('get_feature_service_metadata', async () => {
  const { workspace, post, get } = await openTecton(gateway)
  const { status, json } = await post('/api/v1/feature-service/metadata', {
    params: { featureServiceName: 'fs:v2', workspaceName: workspace },
  })
  expect(status).toBe(200)
  expect(pythonMetadata(json)).toEqual({
    inputJoinKeys: [{ name: 'user_id', dataType: { type: 'string' }, type: 'string' }],
    inputRequestContextKeys: [],
    featureValues: expect.arrayContaining([
      { name: 'clicks_fv.clicked', dataType: { type: 'int64' } },
      {
        name: 'clicks_fv.sums',
        dataType: { type: 'map', keyType: { type: 'string' }, valueType: { type: 'int64' } },
      },
    ]),
  })
  const second = `/api/v2/workspaces/${workspace}/feature-services/fs:v2/metadata`
  expect((await get(second)).json).toEqual(json)
})

const raised: { readonly [status: number]: string } = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  503: 'ServiceUnavailableError',
  504: 'GatewayTimeoutError',
}

test.each(servingErrors)(
  '$what raises with the sentence',
  async ({ ask, status, code, message }) => {
    const answer = await ask(await openTecton(gateway))
    expect([answer.status, answer.json]).toMatchObject([status, { code }])
    const name = raised[status]
    expect(pythonError(answer)).toEqual(
      name === undefined
        ? { name: 'TectonHttpException', message: '' }
        : { name, message: expect.stringContaining(message) },
    )
  },
)

test.each(['unavailable', 'deadline_exceeded'] as const)('%s raises', async code => {
  const reply = problemResponse('serving', new Problem(code, 'Not now.'))
  const answer = { status: reply.status, json: await reply.json() }
  expect(pythonError(answer)).toEqual({ name: raised[reply.status], message: 'Not now.' })
})

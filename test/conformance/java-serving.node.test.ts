import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Problem, problemResponse } from '../../gateway/routes/problem.ts'
import { type LineGateway, startGateway } from '../line/support/gateway.ts'
import { allOptions, javaBatchBody, javaFeaturesBody } from './java-bodies.ts'
import { javaBatch, javaError, javaFeatures, javaMetadata } from './java-client.ts'
import { servingErrors } from './serving-errors.ts'
import { openTecton } from './support.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const path = '/api/v1/feature-service'
const order = (user_id: string, second: number) => ({
  user_id,
  at: `2026-01-02T00:00:0${second}Z`,
  count: '-9223372036854775808',
  total: second,
  paid: false,
  note: 'now',
  items: ['a', 'b'],
  sizes: [1, '9007199254740993'],
  prices: [1, 2.5],
})

async function openWithOrders() {
  const tecton = await openTecton(gateway)
  const { workspace, post } = tecton
  const pushed = await post('/ingest', {
    workspace_name: workspace,
    records: {
      orders: [order('u1', 1), order('u2', 2)].map(record => ({ record })),
      counters: [{ record: { id: 7, shelf: 1, at: '2026-01-02T00:00Z', n: -2147483648 } }],
    },
  })
  expect(pushed.status).toBe(200)
  return tecton
}

const valuesOf = (second: number) => ({
  'orders_fv.count': -9223372036854775808n,
  'orders_fv.total': second,
  'orders_fv.paid': false,
  'orders_fv.note': 'now',
  'orders_fv.items': ['a', 'b'],
  'orders_fv.sizes': [1n, 9007199254740993n],
  'orders_fv.prices': [1, 2.5],
})
const nothing = Object.fromEntries(Object.keys(valuesOf(0)).map(name => [name, null]))
const plain = (row: ReturnType<typeof javaFeatures>) =>
  Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value]))

test('getFeatures: every type that it knows, and nulls', async () => {
  const { workspace, post } = await openWithOrders()
  const ask = async (user_id: string) =>
    (await post(`${path}/get-features`, javaFeaturesBody(workspace, 'orders', { user_id }))).json
  expect(plain(javaFeatures(await ask('u1')))).toEqual(valuesOf(1))
  expect(plain(javaFeatures(await ask('nobody')))).toEqual(nothing)
})

test('getFeatures with keys of numbers as text, Int32 served as int64', async () => {
  const { workspace, post } = await openWithOrders()
  const body = javaFeaturesBody(workspace, 'counters', { id: '7', shelf: '1' })
  const { json } = await post(`${path}/get-features`, body)
  expect(plain(javaFeatures(json))).toEqual({ 'counters_fv.n': -2147483648n })
})

test('getFeatures with all metadata', async () => {
  const { workspace, post } = await openWithOrders()
  const body = javaFeaturesBody(workspace, 'orders', { user_id: 'u2' }, allOptions)
  const { json } = await post(`${path}/get-features`, body)
  for (const { status, effectiveTime } of Object.values(javaFeatures(json))) {
    expect([status, effectiveTime]).toEqual(['PRESENT', '2026-01-02T00:00:02.000000Z'])
  }
  expect(json).toMatchObject({
    metadata: {
      features: Array(7).fill({ description: 'The newest order', tags: { team: 'shop' } }),
      sloInfo: { sloEligible: true, sloIneligibilityReasons: [] },
    },
  })
})

test('getFeaturesBatch in micro-batches, the last one short', async () => {
  const { workspace, post } = await openWithOrders()
  const users = ['u1', 'u2', 'nobody', 'u2', 'u1']
  const answered = []
  for (const rows of [users.slice(0, 2), users.slice(2, 4), users.slice(4)]) {
    const keys = rows.map(user_id => ({ user_id }))
    const body = javaBatchBody(workspace, 'orders', keys, allOptions, { latencyBudgetMs: 2000 })
    const { status, json } = await post(`${path}/get-features-batch`, body)
    expect(status).toBe(200)
    const batch = javaBatch(json)
    expect(batch.sloInfo).toHaveLength(rows.length)
    expect(batch.batchSloInfo).toMatchObject({ sloEligible: true })
    answered.push(...batch.rows)
  }
  expect(answered.map(plain)).toEqual([valuesOf(1), valuesOf(2), nothing, valuesOf(2), valuesOf(1)])
  expect(answered.map(row => row['orders_fv.note']?.status)).toEqual([
    'PRESENT',
    'PRESENT',
    'MISSING_DATA',
    'PRESENT',
    'PRESENT',
  ])
})

test('getFeaturesBatch over views with other entities', async () => {
  const { workspace, post } = await openWithOrders()
  const rows = [
    { user_id: 'u1', id: '7', shelf: '1' },
    { user_id: 'nobody', id: '7', shelf: '1' },
    { user_id: 'u1', id: '8', shelf: '1' },
  ]
  const body = javaBatchBody(workspace, 'wide', rows)
  const { json } = await post(`${path}/get-features-batch`, body)
  expect(javaBatch(json).rows.map(plain)).toEqual([
    { ...valuesOf(1), 'counters_fv.n': -2147483648n },
    { ...nothing, 'counters_fv.n': -2147483648n },
    { ...valuesOf(1), 'counters_fv.n': null },
  ])
  const second = `/api/v2/workspaces/${workspace}/feature-services/wide/get-features-batch`
  expect((await post(second, body)).json).toEqual(json)
})

const sale = (item: string, pieces: number, amount: number) => ({
  record: { user_id: 'u1', at: new Date().toISOString(), item, pieces, amount },
})

test('aggregates, alone and in a batch: of nobody a count is 0 and no data', async () => {
  const { workspace, post } = await openTecton(gateway)
  for (const record of [sale('a', 9_007_199_254_740_991, 1), sale('b', 2, 2)]) {
    const pushed = await post('/ingest', {
      workspace_name: workspace,
      records: { sales: [record] },
    })
    expect(pushed.status).toBe(200)
  }
  const body = javaFeaturesBody(workspace, 'totals', { user_id: 'u1' }, allOptions)
  const { json } = await post(`${path}/get-features`, body)
  const expected = {
    'totals_fv.item_count_1h_continuous': 2n,
    'totals_fv.pieces_sum_1h_continuous': 9_007_199_254_740_993n,
    'totals_fv.amount_mean_30d_continuous': 1.5,
    'totals_fv.item_last_2_1h_continuous': ['a', 'b'],
    'totals_fv.by_hour': [null, 1.5],
  }
  expect(plain(javaFeatures(json))).toEqual(expected)
  expect(json).toHaveProperty('metadata.features.0.description', 'How many of late')

  const rows = [{ user_id: 'u1' }, { user_id: 'nobody' }]
  for (const edge of ['WALL_CLOCK_TIME', 'LATEST_EVENT_TIME']) {
    const batch = javaBatchBody(workspace, 'totals', rows, allOptions, {
      aggregationLeadingEdge: `AGGREGATION_MODE_${edge}`,
    })
    const answered = javaBatch((await post(`${path}/get-features-batch`, batch)).json)
    const [some = {}, none = {}] = answered.rows
    expect(plain(some)).toEqual(expected)
    expect(Object.values(plain(none))).toEqual([0n, null, null, [], [null, null]])
    expect(new Set(Object.values(some).map(({ status }) => status))).toEqual(new Set(['PRESENT']))
    expect(new Set(Object.values(none).map(({ status }) => status))).toEqual(
      new Set(['MISSING_DATA']),
    )
  }
})

test('copies at the edge: CACHED_PRESENT without a time', async () => {
  const { workspace, post } = await openTecton(gateway)
  await post('/ingest', { workspace_name: workspace, records: { sales: [sale('a', 1, 1)] } })
  const ask = async () => {
    const options = { readFromCache: true, writeToCache: true }
    const rows = [{ user_id: 'u1' }]
    const body = javaBatchBody(workspace, 'near', rows, allOptions, options)
    return javaBatch((await post(`${path}/get-features-batch`, body)).json).rows[0]
  }
  await vi.waitFor(
    async () =>
      expect(await ask()).toEqual({
        'near_fv.item': { value: 'a', status: 'CACHED_PRESENT', effectiveTime: undefined },
      }),
    { timeout: 20_000 },
  )
})

test('getFeatureServiceMetadata', async () => {
  const { workspace, post } = await openTecton(gateway)
  const { status, json } = await post(`${path}/metadata`, {
    params: { feature_service_name: 'wide', workspace_name: workspace },
  })
  expect(status).toBe(200)
  expect(javaMetadata(json)).toEqual({
    joinKeys: [
      ['id', 'int64'],
      ['shelf', 'int64'],
      ['user_id', 'string'],
    ],
    contextKeys: [],
    features: [
      ['counters_fv.n', 'int64'],
      ['orders_fv.count', 'int64'],
      ['orders_fv.total', 'float64'],
      ['orders_fv.paid', 'boolean'],
      ['orders_fv.note', 'string'],
      ['orders_fv.items', 'array', 'string'],
      ['orders_fv.sizes', 'array', 'int64'],
      ['orders_fv.prices', 'array', 'float64'],
    ],
  })
})

const thrown: { readonly [status: number]: string } = {
  400: 'BadRequestException',
  401: 'UnauthorizedException',
  403: 'ForbiddenException',
  404: 'ResourceNotFoundException',
  503: 'ServiceUnavailableException',
  504: 'GatewayTimeoutException',
}

test.each(servingErrors)('$what throws with the sentence', async ({ ask, status, message }) => {
  const answer = await ask(await openTecton(gateway))
  expect(answer.status).toBe(status)
  expect(javaError(answer)).toEqual({
    name: thrown[status] ?? 'TectonServiceException',
    message: expect.stringContaining(message),
  })
})

test.each(['unavailable', 'deadline_exceeded'] as const)('%s throws', async code => {
  const reply = problemResponse('serving', new Problem(code, 'Not now.'))
  const answer = { status: reply.status, json: await reply.json() }
  expect(javaError(answer)).toEqual({ name: thrown[reply.status], message: 'Not now.' })
})

import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LineGateway, startGateway } from '../line/support/gateway.ts'
import { expectIngested, openTecton } from './support.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const records = {
  clicks: [
    { record: { user_id: 'u1', timestamp: '2026-01-02T00:25:06Z', clicked: 1 } },
    {
      record: { user_id: 'u2', timestamp: '2026-01-02T00:25:07.123456789+02:00', clicked: null },
    },
  ],
}
const rowsOfRecords = [
  { user_id: 'u1', timestamp: '2026-01-02T00:25:06.000000Z', clicked: 1 },
  { user_id: 'u2', timestamp: '2026-01-01T22:25:07.123456Z', clicked: null },
]
const formA = (workspace: string) => ({ workspace_name: workspace, dry_run: false, records })
const formB = (workspace: string) => ({ workspaceName: workspace, dryRun: false, records })

test('the docs’ curl: curl -d sends JSON under the content type of a form', async () => {
  const { workspace, line, post, rows } = await openTecton(gateway)
  const reply = await post('/ingest', formA(workspace), {
    Authorization: `Tecton-key ${line.adminKey}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  })
  expectIngested(reply, workspace, 2)
  expect(reply.contentType).toContain('application/json')
  expect(await rows()).toEqual(rowsOfRecords)
})

test('the Go connector: no content type at all, the key verbatim', async () => {
  const { workspace, line, rows } = await openTecton(gateway)
  // By node:http, since fetch would add headers of its own.
  const status = await new Promise((resolve, reject) => {
    const sent = request(
      `${gateway.url}/ingest`,
      { method: 'POST', headers: { Authorization: `Tecton-key ${line.adminKey}` } },
      reply => resolve(reply.resume().statusCode),
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(formA(workspace)))
  })
  expect(status).toBe(200)
  expect(await rows()).toEqual(rowsOfRecords)
})

test('the docs’ Lambda script: camelCase on /v2/ingest', async () => {
  const { workspace, post, rows } = await openTecton(gateway)
  expectIngested(await post('/v2/ingest', formB(workspace)), workspace, 2)
  expect(await rows()).toEqual(rowsOfRecords)
})

test('the SDK: a lower-case header name, times by isoformat, and no dry_run in one example', async () => {
  const { workspace, line, post, rows } = await openTecton(gateway)
  const reply = await post(
    '/ingest',
    {
      workspace_name: workspace,
      records: {
        clicks: [{ record: { user_id: 'u', timestamp: '2026-01-02T03:04:05.678901', clicked: 2 } }],
      },
    },
    { authorization: `Tecton-key ${line.adminKey}` },
  )
  expectIngested(reply, workspace, 1)
  expect(await rows()).toEqual([
    { user_id: 'u', timestamp: '2026-01-02T03:04:05.678901Z', clicked: 2 },
  ])
})

test('an ingest key is enough for either path and either casing', async () => {
  const { workspace, line, post } = await openTecton(gateway)
  const headers = { Authorization: `Tecton-key ${line.ingestKey}` }
  expectIngested(await post('/ingest', formB(workspace), headers), workspace, 2)
  expectIngested(await post('/v2/ingest', formA(workspace), headers), workspace, 2)
})

test('the Kafka sink: 500 records, pretty-printed, again after a lost reply', async () => {
  const { workspace, line, post, rows } = await openTecton(gateway)
  const many = Array.from({ length: 500 }, (_, n) => ({
    record: {
      user_id: `user ${n}`,
      timestamp: '2026-01-02T03:04:05.006Z',
      clicked: n,
      kafka_key: `key-${n}`,
    },
  }))
  const body = JSON.stringify({ ...formA(workspace), records: { clicks: many } }, null, 2)
  expectIngested(await post('/ingest', body), workspace, 500)
  expect((await rows()).map(({ clicked }) => clicked)).toEqual(many.map((_, n) => n))
  // It knows no identity: what it repeats is stored again, as it is with Tecton.
  expectIngested(await post('/ingest', body), workspace, 500)
  expect(await line.counts('clicks')).toMatchObject({ rows: 1_000 })
})

test('a dry run validates, answers 200 and writes nothing', async () => {
  const { workspace, post, line } = await openTecton(gateway)
  const dry = { ...formA(workspace), dry_run: true }
  expectIngested(await post('/ingest', dry), workspace, 0)
  const bad = { clicks: [{ record: { user_id: 1 } }] }
  expect((await post('/ingest', { ...dry, records: bad })).status).toBe(400)
  expect(await line.counts('clicks')).toMatchObject({ rows: 0 })
})

test('several sources in one request: a metric for each, strings all of them', async () => {
  const { workspace, post } = await openTecton(gateway)
  const counters = [{ record: { id: '7', shelf: 1, at: '2026-01-02T00:00Z', n: 1 } }]
  const { status, json } = await post('/ingest', {
    ...formA(workspace),
    records: { counters, ...records },
  })
  expect(status).toBe(200)
  expect(json).toMatchObject({
    ingestMetrics: {
      featureViewIngestMetrics: [
        { featureViewName: 'counters_fv', onlineRecordIngestCount: '1' },
        { featureViewName: 'clicks_fv', onlineRecordIngestCount: '2' },
      ],
      dataSourceIngestMetrics: [
        { dataSourceName: 'counters', offlineRecordIngestCount: '0' },
        { dataSourceName: 'clicks', offlineRecordIngestCount: '2' },
      ],
    },
  })
})

describe('errors are Tecton’s', () => {
  test.each([
    ['malformed JSON', '{', 400],
    ['no workspace', { records }, 400],
    ['no records', { workspace_name: 'line' }, 400],
    ['unknown workspace', { workspace_name: 'another', records }, 404],
  ])('%s is a request error', async (_, body, status) => {
    const { post } = await openTecton(gateway)
    const reply = await post('/ingest', body)
    expect(reply.status).toBe(status)
    expect(reply.json).toEqual({
      requestError: {
        errorType: 'RequestValidationError',
        errorMessage: expect.any(String),
        code: expect.any(String),
      },
    })
  })

  test.each([
    ['a wrong type', { user_id: 1, timestamp: '2026-01-02T00:00Z' }, 'user_id'],
    ['no event time', { user_id: 'u' }, 'timestamp'],
    ['an epoch as event time', { user_id: 'u', timestamp: 1767312306 }, 'timestamp'],
    ['a bad event time', { user_id: 'u', timestamp: '2026-1-2 00:00' }, 'timestamp'],
    ['an undecoded, empty record', {}, 'user_id'],
  ])('%s refuses the whole request and stores none of it', async (_, record, field) => {
    const { workspace, line, post } = await openTecton(gateway)
    const mixed = { clicks: [...records.clicks, { record }] }
    const reply = await post('/ingest', { ...formA(workspace), records: mixed })
    expect(reply.status).toBe(400)
    expect(reply.json).toEqual({
      workspaceName: workspace,
      recordErrors: [
        {
          pushSourceName: 'clicks',
          errorType: 'TectonObjectValidationError',
          errorMessage: expect.stringContaining(field),
          index: 2,
          field,
          code: expect.any(String),
        },
      ],
    })
    expect(await line.counts('clicks')).toMatchObject({ rows: 0 })
    expect((await line.features('fs:v2', { user_id: 'u1' })).statuses).not.toContain('PRESENT')
  })

  test.each([
    ['no key', {}],
    ['a key without its scheme', { Authorization: 'tg_admin_x' }],
    ['an unknown key', { Authorization: 'Tecton-key 0123456789abcdef' }],
  ])('%s is 401', async (_, headers) => {
    const { workspace, post } = await openTecton(gateway)
    const reply = await post('/ingest', formA(workspace), headers)
    expect(reply.status).toBe(401)
    expect(reply.json).toHaveProperty('requestError.errorMessage')
  })
})

import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { postProcess, rowSql } from '../../shared/expressions.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { Field, Float64, Int64, String } from '../../shared/types.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'
import { payments, postProcessor, schema, sent } from './support/payments.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  gateway = await startGateway()
  duck = await openDuck()
})
afterAll(async () => {
  await Promise.all([gateway.close(), duck.close()])
})

const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })
const serviceOf = (name: string) =>
  FeatureService({
    name,
    features: [
      StreamFeatureView({
        name: `${name}_view`,
        source: payments,
        entities: [user],
        features: [Attribute('amt', Float64), Attribute('whole', Int64)],
      }),
    ],
  })

const hour = (n: number) => new Date(Date.UTC(2026, 0, 2, n)).toISOString()
const payment = (id: string, amount: string, n: number, kind?: string) => ({
  user: { id, ...(kind === undefined ? {} : { kind }) },
  amount,
  seen: hour(n),
})
const rowOf = (user_id: string, amt: number, n: number, whole: number | null = null) => ({
  happened: hour(n - 2).replace('.000Z', '.000000Z'),
  user_id,
  amt,
  whole,
})

/** Sends records past the client, which would refuse the bad ones itself. */
async function ingest(line: Line, records: readonly object[]): Promise<unknown> {
  const reply = await fetch(`${gateway.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${line.ingestKey}` },
    body: JSON.stringify({
      workspace_name: line.workspace,
      allow_partial: true,
      records: { payments: records.map(record => ({ record })) },
    }),
  })
  return reply.json()
}

/** What `tidegate get-dataframe --as-sent` prints. */
async function sentByCli(line: Line, ...flags: readonly string[]): Promise<string> {
  const stdout = new PassThrough()
  const printed = text(stdout)
  const args = ['get-dataframe', 'payments', '--url', gateway.url, '--as-sent', ...flags]
  await runCommand({
    args,
    env: { TIDEGATE_KEY: line.adminKey, TIDEGATE_WORKSPACE: line.workspace },
    folder: '/',
    stdout,
    stderr: { write: () => true },
    signal: new AbortController().signal,
  })
  stdout.end()
  return printed
}

test('rows by the schema are made of what is pushed, wherever it is read or folded', async () => {
  const line = gateway.line()
  await line.apply([payments, serviceOf('early')])
  const client = line.client()
  const push = (...args: Parameters<typeof payment>) =>
    client.push(payments, payment(...args)).accepted
  const receipts = await Promise.all([
    push('c3', '1', 12, 'robot'),
    push(' Ann ', '1.5', 10),
    push('BOB', '7', 11),
    push('ann', 'much', 13),
  ])
  expect(receipts.map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
    'accepted',
    'rejected',
  ])
  // By the client itself: nothing was numbered and sent.
  expect(receipts[3]).toMatchObject({ code: 'null_field', field: 'amt' })
  expect(receipts[3]).not.toHaveProperty('sequence')
  await push('ann', '+2', 9)
  await client.flush()

  // By the row's time: the event that was seen last is the newest.
  const features = (service: string, user_id: string) => line.features(service, { user_id })
  const serves = async (service: string) => {
    const [ann, bob, robot] = await Promise.all(
      ['ann', 'bob', 'c3'].map(id => features(service, id)),
    )
    expect(ann?.values).toEqual({
      [`${service}_view.amt`]: 1.5,
      [`${service}_view.whole`]: null,
    })
    expect(ann?.effectiveTimes[0]).toBe(rowOf('ann', 1.5, 10).happened)
    expect(bob?.values[`${service}_view.whole`]).toBe('7')
    expect(robot?.statuses).toEqual(['MISSING_DATA', 'MISSING_DATA'])
  }
  await serves('early')

  const wanted = [rowOf('ann', 1.5, 10), rowOf('bob', 7, 11, 7), rowOf('ann', 2, 9, 2)]
  const byTime = (rows: readonly unknown[]) =>
    [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const frame = async (query = '') =>
    (await line.dataFrame('payments', query)).map(text => parseExactJson(text))
  const reads = async () => {
    expect(byTime(await frame())).toEqual(byTime(wanted))
    const [start, end] = [wanted[0]?.happened, wanted[1]?.happened]
    expect(await frame(`?start_time=${start}&end_time=${end}`)).toEqual([wanted[0]])
    expect(await frame('?columns=whole,_version&start_time=2026-01-02T09:00')).toEqual([
      { whole: 7, _version: 1 },
    ])
    const csv = await line.dataFrame('payments', '?format=csv&columns=user_id,whole')
    expect(csv.map(text => text.trimEnd()).sort()).toEqual([
      'ann,',
      'ann,2',
      'bob,7',
      'user_id,whole',
    ])
    const raw = await frame('?apply_translator=false&columns=amount,user')
    expect(byTime(raw)).toEqual([
      { amount: '+2', user: { id: 'ann', kind: null } },
      { amount: '1', user: { id: 'c3', kind: 'robot' } },
      { amount: '1.5', user: { id: ' Ann ', kind: null } },
      { amount: '7', user: { id: 'BOB', kind: null } },
    ])
    expect(await sentByCli(line, '--columns', 'amount')).toBe(
      raw.map(row => `${JSON.stringify({ amount: Object(row).amount })}\n`).join(''),
    )
    await expect(sentByCli(line, '--start-time', '2026-01-01')).rejects.toThrow(
      'startTime and endTime need applyTranslator',
    )
    await expect(frame('?apply_translator=false&start_time=2026-01-01')).rejects.toThrow(
      /answered 400: .*What was sent has no event time, so start_time needs the translator/,
    )
  }
  await reads()
  await line.roll('payments')
  await reads()

  const { table, parts } = await duck.partsOf(line, 'payments')
  expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(4)
  const { columns, condition } = rowSql(payments)
  const theirs = await duck.rows(
    `SELECT * REPLACE (strftime(happened, '%Y-%m-%dT%H:%M:%S.%fZ') AS happened) FROM (SELECT ${columns} FROM ${table} WHERE ${condition})`,
  )
  expect(byTime(theirs)).toEqual(byTime(wanted))
  // A source without one has its columns as they are.
  const bare = StreamSource({ name: 'bare', streamConfig: PushConfig(), schema: sent })
  const asSent = rowSql(bare)
  const stored = await duck.rows(
    `SELECT amount, "user".id AS id FROM (SELECT ${asSent.columns} FROM ${table} WHERE ${asSent.condition})`,
  )
  expect(new Set(stored.map(row => JSON.stringify(row)))).toContain('{"amount":"7","id":"BOB"}')

  const workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
  const handle = workspace.source(payments)
  await handle.validate()
  const whole: readonly (bigint | null)[] = (await handle.getDataframe().toArray()).map(
    row => row.whole,
  )
  expect(new Set(whole)).toEqual(new Set([null, 7n, 2n]))
  const raw = handle.getDataframe({ applyTranslator: false, columns: ['amount', '_offset'] })
  const amounts: readonly string[] = (await raw.toArray()).map(row => row.amount)
  expect(new Set(amounts)).toEqual(new Set(['1', '1.5', '7', '+2']))
  const applied = await workspace.getDataSource('payments')
  expect(applied.getColumns()).toEqual(schema.map(({ name }) => name))
  expect(await applied.getDataframe({ applyTranslator: false }).toArray()).toHaveLength(4)
  const { filter: _, ...others } = postProcessor
  const unfiltered = PushConfig({
    inputSchema: sent,
    postProcessor: postProcess({ select: others.select }),
  })
  await expect(
    workspace
      .source(StreamSource({ name: 'payments', streamConfig: unfiltered, schema: [...schema] }))
      .validate(),
  ).rejects.toThrow('Source "payments": It cannot follow the source that was applied: The post-p')

  // Another part, and a view that is folded from both and the tail.
  push('dan', '3', 20)
  await client.flush()
  await line.roll('payments')
  push('ann', '1e999', 23)
  push('eve', '4', 23, 'robot')
  await client.flush()
  await line.apply([payments, serviceOf('early'), serviceOf('late')])
  const isServed = async () => (await features('late', 'ann')).statuses[0] === 'PRESENT'
  await expect.poll(isServed, { timeout: 20_000, interval: 200 }).toBe(true)
  await gateway.evictAll()
  await serves('late')
  await serves('early')
  expect((await features('late', 'dan')).values['late_view.whole']).toBe('3')
  expect(await client.close()).toMatchObject({ accepted: 6, rejected: 2 })
  expect(gateway.reports()).toEqual([])
})

test('the gateway refuses what has no row, and judges the event time of the row', async () => {
  const line = gateway.line()
  await line.apply([payments, serviceOf('early')])
  const ahead = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const reply = await ingest(line, [
    payment('ann', 'much', 1),
    { ...payment('ann', '1', 1), seen: ahead(25) },
    { ...payment('bob', '2', 1), seen: ahead(27) },
    payment('robot', 'nothing', 1, 'robot'),
    { user_id: 'ann', amt: 1, happened: hour(1) },
  ])
  expect(reply).toMatchObject({
    receipts: [
      { status: 'rejected', code: 'null_field', field: 'amt' },
      { status: 'accepted' },
      { status: 'rejected', code: 'future_event_time', field: 'happened' },
      { status: 'accepted' },
      { status: 'rejected', code: 'missing_field', field: 'user' },
    ],
  })
  expect(await line.counts('payments')).toMatchObject({ rows: 2 })
  expect((await line.dataFrame('payments')).length).toBe(1)
})

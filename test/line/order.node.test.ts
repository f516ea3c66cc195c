import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

const readings = StreamSource({
  name: 'readings',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('meter', String), Field('at', Timestamp), Field('value', Int64)],
})
const meter = Entity({ name: 'meter', joinKeys: [Field('meter', String)] })
const latestReading = StreamFeatureView({
  name: 'latest_reading',
  source: readings,
  entities: [meter],
  features: [Attribute('value', Int64)],
})
const meters = FeatureService({ name: 'meters', features: [latestReading] })

const noon = '2026-01-02T12:00:00Z'
const reading = (value: number, at = noon) => ({ meter: 'm', at, value })

async function openMeters(between?: () => Promise<void>) {
  const line = gateway.line(between)
  await line.apply([meters])
  const value = async () => (await line.features('meters', { meter: 'm' })).values
  return { line, value }
}

test('of equal event times the later arrival wins: in one batch, in the next, from another producer', async () => {
  const { line, value } = await openMeters()
  const [first, second] = [line.client(), line.client()]
  for (const n of [1, 2, 3]) first.push(readings, reading(n))
  await first.flush()
  expect(await value()).toEqual({ 'latest_reading.value': '3' })
  second.push(readings, reading(4))
  await second.flush()
  expect(await value()).toEqual({ 'latest_reading.value': '4' })
  first.push(readings, reading(5))
  await first.flush()
  expect(await value()).toEqual({ 'latest_reading.value': '5' })
})

test('an older event that arrives later is stored, but wins nothing', async () => {
  const { line, value } = await openMeters()
  const client = line.client()
  client.push(readings, reading(1))
  client.push(readings, reading(2, '2026-01-02T11:59:59.999999Z'))
  await client.flush()
  client.push(readings, reading(3, '2026-01-02T13:00:00+01:00'))
  client.push(readings, reading(4, '0001-01-01T00:00Z'))
  await client.close()
  // The third names the same moment in another zone, so it is the later of two equal ones.
  expect(await value()).toEqual({ 'latest_reading.value': '3' })
  expect(await line.dataFrame('readings', '?columns=value')).toEqual(
    [1, 2, 3, 4].map(n => `{"value":${n}}`),
  )
})

test('a shard that lost its memory finds the same winner, before and after a roll', async () => {
  const { line, value } = await openMeters()
  const client = line.client()
  for (const n of [1, 2, 3]) client.push(readings, reading(n))
  await client.flush()
  await gateway.evictAll()
  expect(await value()).toEqual({ 'latest_reading.value': '3' })
  await line.roll('readings')
  await gateway.evictAll()
  expect(await value()).toEqual({ 'latest_reading.value': '3' })
  client.push(readings, reading(4))
  client.push(readings, reading(5, '2026-01-02T11:00Z'))
  await client.close()
  await gateway.evictAll()
  expect(await value()).toEqual({ 'latest_reading.value': '4' })
})

test('the order that decides online can be read off the parts: DuckDB finds the same winner', async () => {
  const { line, value } = await openMeters()
  const client = line.client()
  for (const n of [7, 8, 9]) client.push(readings, reading(n))
  client.push(readings, reading(10, '2026-01-02T11:59Z'))
  await client.close()
  await line.roll('readings')
  const { table } = await duck.partsOf(line, 'readings')
  const winner = await duck.rows(
    `SELECT last(value ORDER BY "at", _ingest_ts, _partition, _offset) AS value FROM ${table}`,
  )
  expect(winner).toEqual([{ value: 9 }])
  expect(await value()).toEqual({ 'latest_reading.value': '9' })
})

test('twins are two records: equal ones are all stored, from one producer and from two', async () => {
  const { line } = await openMeters()
  const clients = [line.client(), line.client()]
  for (const client of clients) {
    for (let n = 0; n < 3; n++) client.push(readings, reading(1))
    expect(await client.close()).toMatchObject({ accepted: 3, duplicate: 0 })
  }
  const twins = Array(6).fill('{"meter":"m","at":"2026-01-02T12:00:00.000000Z","value":1}')
  expect(await line.dataFrame('readings')).toEqual(twins)
  await line.roll('readings')
  expect(await line.dataFrame('readings')).toEqual(twins)
  const { table } = await duck.partsOf(line, 'readings')
  expect(await duck.rows(`SELECT count(*) AS n, max(_offset) AS last FROM ${table}`)).toEqual([
    { n: 6, last: 5 },
  ])
})

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
import { type LineGateway, startGateway } from './support/gateway.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const readings = StreamSource({
  name: 'readings',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('meter', String), Field('room', Int64), Field('at', Timestamp)],
})
const at = '2026-01-02T03:04:05Z'
const serviceOf = (key: 'meter' | 'room') =>
  FeatureService({
    name: `by_${key}`,
    features: [
      StreamFeatureView({
        name: `latest_by_${key}`,
        source: readings,
        entities: [
          Entity({
            name: key,
            joinKeys: [key === 'meter' ? Field(key, String) : Field(key, Int64)],
          }),
        ],
        features: [Attribute('room', Int64), Attribute('meter', String)],
      }),
    ],
  })

test('a view applied before the first record sees it, whatever was applied in between', async () => {
  const line = gateway.line()
  await line.apply([readings])
  await line.apply([readings, serviceOf('meter')])
  const client = line.client()
  client.push(readings, { meter: 'm', room: 1, at })
  await client.close()
  expect(await line.features('by_meter', { meter: 'm' })).toMatchObject({
    statuses: ['PRESENT', 'PRESENT'],
    values: { 'latest_by_meter.room': '1' },
  })
})

test('a view over records that came before it is folded from them, parts and tail, and goes on', async () => {
  const line = gateway.line()
  await line.apply([readings, serviceOf('meter')])
  const client = line.client()
  for (let n = 0; n < 60; n++) {
    client.push(readings, {
      meter: `m${n % 7}`,
      room: n % 5,
      at: new Date(n * 1_000).toISOString(),
    })
    if (n % 20 === 19) await client.flush()
    if (n === 39) await line.roll('readings')
  }
  await client.flush()

  const both = [readings, serviceOf('meter'), serviceOf('room')]
  await line.apply(both)
  // Records go on while the history is folded; meanwhile nothing is said rather than something old.
  client.push(readings, { meter: 'newest', room: 4, at: '2026-01-01T00:00:00Z' })
  await client.flush()
  const read = (room: number) => line.features('by_room', { room })
  const settled = async () => (await read(0)).statuses.every(status => status === 'PRESENT')
  await expect.poll(settled, { timeout: 20_000, interval: 200 }).toBe(true)
  await gateway.evictAll()
  // 55 to 59 are the last readings of the rooms 0 to 4.
  for (const [room, meter] of [
    [0, 'm6'],
    [1, 'm0'],
    [2, 'm1'],
    [3, 'm2'],
    [4, 'newest'],
  ] as const) {
    expect((await read(room)).values).toMatchObject({ 'latest_by_room.meter': meter })
  }
  client.push(readings, { meter: 'later', room: 2, at: '2026-01-02T00:00:00Z' })
  expect(await client.close()).toMatchObject({ accepted: 62, pending: 0 })
  expect((await read(2)).values).toMatchObject({ 'latest_by_room.meter': 'later' })
})

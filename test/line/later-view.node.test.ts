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

test('a view over records that it would not have seen is refused, and everything else goes on', async () => {
  const line = gateway.line()
  await line.apply([readings, serviceOf('meter')])
  const client = line.client()
  client.push(readings, { meter: 'm', room: 1, at })
  await client.flush()

  const both = [readings, serviceOf('meter'), serviceOf('room')]
  await expect(line.apply(both)).rejects.toThrow('already holds records')
  await gateway.evictAll()
  client.push(readings, { meter: 'm', room: 2, at })
  expect(await client.close()).toMatchObject({ accepted: 2, pending: 0 })
  expect(await line.features('by_meter', { meter: 'm' })).toMatchObject({
    statuses: ['PRESENT', 'PRESENT'],
    values: { 'latest_by_meter.room': '2' },
  })
  await expect(line.features('by_room', { room: 1 })).rejects.toThrow('404')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { murmur3 } from '../../shared/murmur3.ts'
import { Bool, Field, Float64, Int32, Int64, String, Timestamp } from '../../shared/types.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

const logged = PushConfig({ logOffline: true })

test('several views of one source, with composite and large integer keys, each see every record', async () => {
  const orders = StreamSource({
    name: 'orders',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'placed' }),
    schema: [
      Field('shop', String),
      Field('customer', Int64),
      Field('floor', Int32),
      Field('gift', Bool),
      Field('placed', Timestamp),
      Field('shipped', Timestamp, { nullable: true }),
      Field('total', Float64),
      Field('delivered', Timestamp),
    ],
  })
  const shop = Entity({ name: 'shop', joinKeys: [Field('shop', String), Field('floor', Int32)] })
  const customer = Entity({ name: 'customer', joinKeys: [Field('customer', Int64)] })
  const gift = Entity({ name: 'gift', joinKeys: [Field('gift', Bool)] })
  const view = (name: string, entities: readonly (typeof shop | typeof customer | typeof gift)[]) =>
    ({ name, source: orders, entities, features: [Attribute('total', Float64)] }) as const
  const byShop = StreamFeatureView(view('by_shop', [shop]))
  const byCustomer = StreamFeatureView(view('by_customer', [customer]))
  const byAll = StreamFeatureView(view('by_all', [customer, shop, gift]))
  const byDelivery = StreamFeatureView({
    ...view('by_delivery', [customer]),
    timestampField: 'delivered',
  })
  const line = gateway.line()
  await line.apply([
    FeatureService({ name: 'shops', features: [byShop] }),
    FeatureService({ name: 'customers', features: [byDelivery, byCustomer] }),
    FeatureService({ name: 'everything:v1', features: [byShop, byAll, byCustomer] }),
  ])

  const big = 9223372036854775807n
  const order = (at: number, delivered: number, rest: { customer: bigint; floor: number }) => ({
    shop: 'a","b',
    gift: at % 2 === 0,
    placed: `2026-01-02T0${at}:00Z`,
    delivered: `2026-01-03T0${delivered}:00Z`,
    total: at,
    ...rest,
  })
  const client = line.client()
  client.push(orders, order(1, 4, { customer: big, floor: -1 }))
  client.push(orders, order(2, 3, { customer: big - 1n, floor: -1 }))
  client.push(orders, order(3, 2, { customer: big, floor: 2 }))
  client.push(orders, order(4, 1, { customer: 5n, floor: 2 }))
  expect(await client.close()).toMatchObject({ accepted: 4 })

  const shopAt = { shop: 'a","b', floor: -1 }
  expect((await line.features('shops', shopAt)).values).toEqual({ 'by_shop.total': 2 })
  const upstairs = { ...shopAt, floor: 2 }
  expect((await line.features('shops', upstairs)).values).toEqual({ 'by_shop.total': 4 })
  // By when it was placed the third is newer, by when it was delivered the first.
  expect((await line.features('customers', { customer: `${big}` })).values).toEqual({
    'by_customer.total': 3,
    'by_delivery.total': 1,
  })
  expect((await line.features('customers', { customer: `${big - 1n}` })).values).toEqual({
    'by_customer.total': 2,
    'by_delivery.total': 2,
  })
  const everything = { ...upstairs, customer: `${big}`, gift: false }
  expect((await line.features('everything:v1', everything)).values).toEqual({
    'by_all.total': 3,
    'by_customer.total': 3,
    'by_shop.total': 4,
  })
  const another = { ...everything, gift: true }
  expect((await line.features('everything:v1', another)).statuses).toEqual([
    'MISSING_DATA',
    'PRESENT',
    'PRESENT',
  ])
  expect((await line.features('customers', { customer: 5 })).values).toEqual({
    'by_customer.total': 4,
    'by_delivery.total': 4,
  })
})

test('a source without a view, one without event time and one in plain view share a batch', async () => {
  const notes = StreamSource({
    name: 'notes',
    streamConfig: logged,
    schema: [Field('text', String)],
  })
  const moves = StreamSource({
    name: 'moves',
    streamConfig: logged,
    schema: [Field('at', Timestamp), Field('x', Int64)],
  })
  const clicks = StreamSource({
    name: 'clicks',
    streamConfig: logged,
    schema: [Field('user', String), Field('at', Timestamp), Field('n', Int64)],
  })
  const latestClick = StreamFeatureView({
    name: 'latest_click',
    source: clicks,
    entities: [Entity({ name: 'user', joinKeys: [Field('user', String)] })],
    features: [Attribute('n', Int64)],
  })
  const line = gateway.line()
  const service = FeatureService({ name: 'clicks', features: [latestClick] })
  await line.apply([notes, moves, service])

  const client = line.client()
  const receipts = Array.from({ length: 30 }, (_, n) => [
    client.push(notes, { text: `note ${n}` }).accepted,
    client.push(moves, { at: `2026-01-02T10:${n + 10}Z`, x: n }).accepted,
    client.push(clicks, { user: `u${n % 2}`, at: `2026-01-02T10:${n + 10}Z`, n }).accepted,
  ]).flat()
  await client.close()
  const settled = await Promise.all(receipts)
  expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['accepted']))
  expect(settled.slice(-3).map(({ source, sequence }) => [source, sequence])).toEqual([
    ['notes', 29],
    ['moves', 29],
    ['clicks', 29],
  ])
  expect((await line.features('clicks', { user: 'u0' })).values['latest_click.n']).toBe('28')
  expect((await line.features('clicks', { user: 'u1' })).values['latest_click.n']).toBe('29')

  const frames = {
    notes: (n: number) => ({ text: `note ${n}` }),
    moves: (n: number) => ({ at: `2026-01-02T10:${n + 10}:00.000000Z`, x: n }),
    clicks: (n: number) => ({ user: `u${n % 2}`, at: `2026-01-02T10:${n + 10}:00.000000Z`, n }),
  }
  const expectFrames = async () => {
    for (const [source, row] of Object.entries(frames)) {
      const rows = (await line.dataFrame(source)).map(text => JSON.parse(text))
      expect(rows).toEqual(Array.from({ length: 30 }, (_, n) => row(n)))
    }
    const query = '?start_time=2026-01-02T10:15&end_time=2026-01-02T10:17Z&columns=x'
    expect(await line.dataFrame('moves', query)).toEqual(['{"x":5}', '{"x":6}'])
    await expect(line.dataFrame('notes', '?start_time=2026-01-02')).rejects.toThrow('event time')
  }
  await expectFrames()
  await line.roll('notes')
  await line.roll('moves')
  await expectFrames()
  for (const source of ['notes', 'moves']) {
    expect(await line.counts(source)).toEqual({ rows: 30, tailRows: 0, parts: 1 })
  }
  expect(await line.counts('clicks')).toEqual({ rows: 30, tailRows: 30, parts: 0 })
})

test('four partitions: each producer keeps to its own, and nothing is missing over all of them', async () => {
  const spread = StreamSource({
    name: 'spread',
    streamConfig: PushConfig({ logOffline: true, partitions: 4 }),
    schema: [Field('sender', Int64), Field('n', Int64), Field('at', Timestamp)],
  })
  const latest = StreamFeatureView({
    name: 'latest',
    source: spread,
    entities: [Entity({ name: 'sender', joinKeys: [Field('sender', Int64)] })],
    features: [Attribute('n', Int64)],
  })
  const line = gateway.line()
  await line.apply([FeatureService({ name: 'senders', features: [latest] })])

  const producers = Array.from({ length: 12 }, (_, sender) => new Uint8Array(16).fill(sender * 7))
  const partitionOf = (bytes: Uint8Array) =>
    murmur3([...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')) & 3
  const clients = producers.map(bytes => line.client({ randomBytes: () => bytes }))
  const push = async (from: number, to: number) => {
    await Promise.all(
      clients.map(async (client, sender) => {
        for (let n = from; n < to; n++) client.push(spread, { sender, n, at: '2026-01-02T10:00Z' })
        await client.flush()
      }),
    )
  }
  const expectAll = async (perSender: number) => {
    const columns = 'sender,n,_partition,_offset'
    const rows = (await line.dataFrame('spread', `?columns=${columns}`)).map(text =>
      JSON.parse(text),
    )
    expect(rows).toHaveLength(12 * perSender)
    expect(rows).toEqual(
      rows.toSorted((a, b) => a._partition - b._partition || a._offset - b._offset),
    )
    for (const [sender, bytes] of producers.entries()) {
      const own = rows.filter(row => row.sender === sender)
      expect(own.map(({ n }) => n)).toEqual(Array.from({ length: perSender }, (_, n) => n))
      expect(new Set(own.map(({ _partition }) => _partition))).toEqual(
        new Set([partitionOf(bytes)]),
      )
      const { values } = await line.features('senders', { sender })
      expect(values).toEqual({ 'latest.n': `${perSender - 1}` })
    }
    for (const partition of [0, 1, 2, 3]) {
      const offsets = rows.filter(row => row._partition === partition).map(row => row._offset)
      expect(offsets).toEqual(offsets.map((_, at) => at))
    }
    expect(await line.counts('spread')).toMatchObject({ rows: 12 * perSender })
    return rows
  }

  await push(0, 5)
  await expectAll(5)
  await line.roll('spread')
  await push(5, 8)
  const all = await expectAll(8)
  await line.roll('spread')
  expect(await expectAll(8)).toEqual(all)
  const { parts, table } = await duck.partsOf(line, 'spread')
  expect(new Set(parts.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2, 3]))
  expect(await duck.rows(`SELECT sender, n, _partition, _offset FROM ${table}`)).toEqual(all)
})

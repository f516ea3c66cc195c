import { expect } from 'vitest'
import {
  Aggregate,
  Attribute,
  Entity,
  FeatureService,
  last,
  PushConfig,
  StreamFeatureView,
  StreamSource,
  TimeWindowSeries,
} from '../../shared/index.ts'
import {
  Array,
  Bool,
  Field,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../shared/types.ts'
import type { LineGateway } from '../line/support/gateway.ts'

const clicks = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('user_id', String),
    Field('timestamp', Timestamp),
    Field('clicked', Int64, { nullable: true }),
    Field('amount', Float64, { nullable: true }),
    Field('flag', Bool, { nullable: true }),
    Field('tags', Array(String), { nullable: true }),
    Field('pair', Struct([Field('n', Int64), Field('x', Float64)]), { nullable: true }),
    Field('sums', Map(String, Int64), { nullable: true }),
    Field('kafka_key', String, { nullable: true }),
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })
const clicksView = StreamFeatureView({
  name: 'clicks_fv',
  source: clicks,
  entities: [user],
  features: [
    Attribute('clicked', Int64),
    Attribute('flag', Bool),
    Attribute('amount', Float64),
    Attribute('tags', Array(String)),
    Attribute('pair', Struct([Field('n', Int64), Field('x', Float64)])),
    Attribute('sums', Map(String, Int64)),
    Attribute('timestamp', Timestamp),
  ],
})
const counters = StreamSource({
  name: 'counters',
  streamConfig: PushConfig({ logOffline: false }),
  schema: [Field('id', Int64), Field('shelf', Int32), Field('at', Timestamp), Field('n', Int32)],
})
const countersView = StreamFeatureView({
  name: 'counters_fv',
  source: counters,
  entities: [Entity({ name: 'place', joinKeys: [Field('id', Int64), Field('shelf', Int32)] })],
  features: [Attribute('n', Int32)],
})

/** What the Java client can read: no struct, no map, no time. */
const orders = StreamSource({
  name: 'orders',
  streamConfig: PushConfig({ logOffline: false }),
  schema: [
    Field('user_id', String),
    Field('at', Timestamp),
    Field('count', Int64, { nullable: true }),
    Field('total', Float64, { nullable: true }),
    Field('paid', Bool, { nullable: true }),
    Field('note', String, { nullable: true }),
    Field('items', Array(String), { nullable: true }),
    Field('sizes', Array(Int64), { nullable: true }),
    Field('prices', Array(Float64), { nullable: true }),
  ],
})
const ordersView = StreamFeatureView({
  name: 'orders_fv',
  description: 'The newest order',
  tags: { team: 'shop' },
  source: orders,
  entities: [user],
  features: [
    Attribute('count', Int64),
    Attribute('total', Float64),
    Attribute('paid', Bool),
    Attribute('note', String),
    Attribute('items', Array(String)),
    Attribute('sizes', Array(Int64)),
    Attribute('prices', Array(Float64)),
  ],
})
const hiddenView = StreamFeatureView({
  name: 'hidden_fv',
  source: orders,
  entities: [user],
  online: false,
  features: [Attribute('count', Int64)],
})

const sales = StreamSource({
  name: 'sales',
  streamConfig: PushConfig({ logOffline: false }),
  schema: [
    Field('user_id', String),
    Field('at', Timestamp),
    Field('item', String),
    Field('pieces', Int64),
    Field('amount', Float64),
  ],
})
const totalsView = StreamFeatureView({
  name: 'totals_fv',
  source: sales,
  entities: [user],
  features: [
    Aggregate({
      inputColumn: Field('item', String),
      function: 'count',
      timeWindow: '1h',
      description: 'How many of late',
    }),
    Aggregate({ inputColumn: Field('pieces', Int64), function: 'sum', timeWindow: '1h' }),
    Aggregate({ inputColumn: Field('amount', Float64), function: 'mean', timeWindow: '30d' }),
    Aggregate({ inputColumn: Field('item', String), function: last(2), timeWindow: '1h' }),
    Aggregate({
      inputColumn: Field('amount', Float64),
      function: 'mean',
      timeWindow: TimeWindowSeries({ seriesStart: '-2h', windowSize: '1h' }),
      name: 'by_hour',
    }),
  ],
})
const nearView = StreamFeatureView({
  name: 'near_fv',
  source: sales,
  entities: [user],
  features: [Attribute('item', String)],
  edgeCache: { maxAge: '5m' },
})

export type Body = string | object
export interface Answer {
  readonly status: number
  readonly contentType: string | null
  readonly json: unknown
}

/** A workspace as Tecton's own callers see it: a base address and a key. */
export async function openTecton(gateway: LineGateway) {
  const line = gateway.line()
  await line.apply([
    FeatureService({ name: 'fs:v2', features: [clicksView] }),
    FeatureService({ name: 'counters', features: [countersView] }),
    FeatureService({ name: 'orders', features: [ordersView] }),
    FeatureService({ name: 'wide', features: [ordersView, countersView] }),
    FeatureService({ name: 'totals', features: [totalsView] }),
    FeatureService({ name: 'near', features: [nearView] }),
    FeatureService({ name: 'hidden', features: [ordersView, hiddenView] }),
  ])

  const auth = { Authorization: `Tecton-key ${line.adminKey}` }

  /** Sends bytes as they are, with these headers and no others. */
  const post = async (
    path: string,
    body: Body,
    headers: Readonly<Record<string, string>> = { ...auth, 'Content-Type': 'application/json' },
  ): Promise<Answer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const reply = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers,
      // Bytes, because fetch gives a text a content type of its own.
      body: new TextEncoder().encode(text),
    })
    return {
      status: reply.status,
      contentType: reply.headers.get('content-type'),
      json: await reply.json(),
    }
  }
  const get = async (path: string): Promise<Answer> => {
    const reply = await fetch(`${gateway.url}${path}`, { headers: auth })
    const contentType = reply.headers.get('content-type')
    return { status: reply.status, contentType, json: await reply.json() }
  }
  const rows = async () =>
    (await line.dataFrame('clicks', '?columns=user_id,timestamp,clicked')).map(text =>
      JSON.parse(text),
    )
  return { workspace: line.workspace, line, post, get, rows }
}

/** A reply to an ingest that counts so many records of `clicks`, in exactly the documented fields. */
export function expectIngested({ status, json }: Answer, workspaceName: string, count: number) {
  expect(status).toBe(200)
  expect(json).toEqual({
    // Ours; known clients skip unknown keys here.
    protocol: 1,
    workspaceName,
    ingestMetrics: {
      featureViewIngestMetrics: [
        {
          featureViewName: 'clicks_fv',
          featureViewId: expect.any(globalThis.String),
          onlineRecordIngestCount: `${count}`,
          offlineRecordIngestCount: `${count}`,
        },
      ],
      dataSourceIngestMetrics: [
        {
          dataSourceName: 'clicks',
          dataSourceId: expect.any(globalThis.String),
          offlineRecordIngestCount: `${count}`,
        },
      ],
    },
  })
}

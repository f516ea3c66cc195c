import { exports } from 'cloudflare:workers'
import { gunzipSync } from 'node:zlib'
import { tableFromIPC } from '@uwdata/flechette'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import {
  Array,
  Bool,
  Field,
  Float64,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(18)
const nullable = { nullable: true } as const
await workspace.apply([
  StreamSource({
    name: 'orders',
    streamConfig: PushConfig({ logOffline: true }),
    schema: [
      Field('id', Int64),
      Field('note', String, nullable),
      Field('at', Timestamp),
      Field('paid', Bool),
      Field('total', Float64, nullable),
      Field('items', Array(Struct([Field('sku', String), Field('count', Int64)]))),
      Field('tags', Map(String, Int64), nullable),
    ],
  }),
  plainSource('numbers'),
])
const path = `${workspace.sourcePath('orders')}/dataframe`
const big = '9007199254740993'
const orders = [
  { id: big, note: 'a, "b"\nc', at: '2026-01-01', paid: true, total: 0.1, items: [] },
  { id: 2, note: '', at: '2026-01-02', paid: false, items: [{ sku: 'x,"y"', count: big }] },
  { id: 3, note: null, at: '2026-01-03', paid: true, total: 1e21, items: [], tags: { k: big } },
].map(order => ({ ...order, at: `${order.at}T00:00:00Z` }))
await workspace.pushRecords('orders', orders.slice(0, 2))
await workspace.send(`${workspace.sourcePath('orders')}/roll`, { method: 'POST' })
await workspace.pushRecords('orders', orders.slice(2))

const header = 'id,note,at,paid,total,items,tags\r\n'
const csvRows = [
  `${big},"a, ""b""\nc",2026-01-01T00:00:00.000000Z,true,0.1,[],\r\n`,
  `2,"",2026-01-02T00:00:00.000000Z,false,,"[{""sku"":""x,\\""y\\"""",""count"":${big}}]",\r\n`,
  `3,,2026-01-03T00:00:00.000000Z,true,1e+21,[],"{""k"":${big}}"\r\n`,
]

const bytesOf = async (query: string) => {
  const reply = await exports.default.fetch(`https://gateway.example${path}${query}`, {
    headers: { authorization: `Bearer ${workspace.adminKey}` },
  })
  return { headers: reply.headers, bytes: await reply.arrayBuffer() }
}

describe('a data frame as CSV', () => {
  it('has a header, exact integers, null as nothing and nested values as JSON', async () => {
    const { text, headers } = await workspace.send(`${path}?format=csv`)
    expect(text).toBe(header + csvRows.join(''))
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('tidegate-cut')).toBe('0:2')
  })

  it('has a header where there are no rows', async () => {
    expect((await workspace.send(`${path}?format=csv&end_time=2025-01-01`)).text).toBe(header)
  })

  it('is resumed behind what came, without another header', async () => {
    const rest = await workspace.send(`${path}?format=csv&cut=0:2&after=0:0`)
    expect(rest.text).toBe(csvRows.slice(1).join(''))
  })
})

describe('a data frame as Parquet', () => {
  it('is one file of the rows asked for, from parts and tail', async () => {
    const { bytes, headers } = await bytesOf('?format=parquet&start_time=2026-01-02')
    expect(headers.get('content-type')).toBe('application/vnd.apache.parquet')
    const rows = await parquetReadObjects({
      file: bytes,
      compressors: { GZIP: page => gunzipSync(page) },
    })
    expect(rows).toEqual([
      {
        id: 2n,
        note: '',
        at: new Date('2026-01-02'),
        paid: false,
        total: null,
        items: [{ sku: 'x,"y"', count: BigInt(big) }],
        tags: undefined,
      },
      {
        id: 3n,
        note: null,
        at: new Date('2026-01-03'),
        paid: true,
        total: 1e21,
        items: [],
        tags: { k: BigInt(big) },
      },
    ])
  })

  it('has the columns asked for, in that order and with the ids that they have in parts', async () => {
    const { bytes } = await bytesOf('?format=parquet&columns=_offset,tags,id,_ingest_ts')
    const { schema, num_rows } = parquetMetadata(bytes)
    expect(num_rows).toBe(3n)
    expect(schema.map(({ name, field_id }) => [name, field_id])).toEqual([
      ['root', undefined],
      ['_offset', 2],
      ['tags', 7000],
      ['key_value', 7001],
      ['key', 7002],
      ['value', 7003],
      ['id', 1000],
      ['_ingest_ts', 3],
    ])
  })

  it('is a file of no rows where none fit', async () => {
    const { bytes } = await bytesOf('?format=parquet&end_time=2025-01-01')
    expect(parquetMetadata(bytes).num_rows).toBe(0n)
  })
})

describe('a data frame as Arrow', () => {
  it('is one stream of a batch for each step, from parts and tail', async () => {
    const { bytes, headers } = await bytesOf('?format=arrow')
    expect(headers.get('content-type')).toBe('application/vnd.apache.arrow.stream')
    const table = tableFromIPC(bytes, { useBigInt: true, useBigIntTimestamp: true, useMap: true })
    expect(table.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['id', false],
      ['note', true],
      ['at', false],
      ['paid', false],
      ['total', true],
      ['items', false],
      ['tags', true],
    ])
    const day = 86_400_000_000n
    const start = BigInt(Date.UTC(2026, 0, 1)) * 1_000n
    expect(table.toArray()).toEqual([
      { ...rowOf(0), at: start, total: 0.1, items: [], tags: null },
      {
        ...rowOf(1),
        at: start + day,
        total: null,
        items: [{ sku: 'x,"y"', count: BigInt(big) }],
        tags: null,
      },
      {
        ...rowOf(2),
        at: start + 2n * day,
        total: 1e21,
        items: [],
        tags: new globalThis.Map([['k', BigInt(big)]]),
      },
    ])
    expect(table.getChild('id').data).toHaveLength(2)
  })

  it('has its schema where there are no rows, and the columns asked for', async () => {
    const { bytes } = await bytesOf('?format=arrow&columns=_offset,tags&end_time=2025-01-01')
    const table = tableFromIPC(bytes)
    expect([table.numRows, table.names]).toEqual([0, ['_offset', 'tags']])
  })
})

const rowOf = (at: number) => {
  const { id, note, paid } = orders[at] ?? expect.fail()
  return { id: BigInt(id), note, paid }
}

describe('the format', () => {
  it.each([
    ['text/csv', 'text/csv; charset=utf-8'],
    ['application/vnd.apache.parquet;q=0.9', 'application/vnd.apache.parquet'],
    ['text/html, Application/X-NDJSON', 'application/x-ndjson'],
    ['*/*', 'application/x-ndjson'],
  ])('is that of Accept: %s', async (accept, type) => {
    const { headers } = await workspace.send(path, { headers: { accept } })
    expect(headers.get('content-type')).toBe(type)
  })

  it('is that of the parameter, whatever is accepted', async () => {
    const { headers } = await workspace.send(`${path}?format=ndjson`, {
      headers: { accept: 'text/csv' },
    })
    expect(headers.get('content-type')).toBe('application/x-ndjson')
  })
})

it.each([
  ['format=xml', '"format" is one of ndjson, csv, parquet, arrow'],
  ['format=parquet&cut=0:2&after=0:0', 'read it anew as parquet, by the same "cut"'],
  ['format=arrow&cut=0:2&after=0:0', 'read it anew as arrow'],
  ['format=csv&progress=true', '"progress" adds lines to NDJSON'],
  ['apply_translator=false&start_time=2026-01-01', 'start_time needs the translator'],
  ['apply_translator=false&end_time=2026-01-01', 'end_time needs the translator'],
  ['apply_translator=no', '"apply_translator" is true or false; got "no".'],
])('refuses %s', async (query, sentence) => {
  const { status, json } = await workspace.send(`${path}?${query}`)
  expect(status).toBe(400)
  expect(json).toMatchObject({
    code: 'malformed_request',
    detail: expect.stringContaining(sentence),
  })
})

it('refuses a range of a source without event time, and reads it without the translator', async () => {
  const numbers = `${workspace.sourcePath('numbers')}/dataframe`
  const { status, json } = await workspace.send(`${numbers}?start_time=2026-01-01`)
  expect(status).toBe(400)
  expect(json).toMatchObject({ detail: expect.stringContaining('has no event time') })
  expect((await workspace.send(`${numbers}?apply_translator=false`)).status).toBe(200)
})

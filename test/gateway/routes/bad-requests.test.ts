import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { limits } from '../../../shared/limits.ts'
import { Array as ArrayOf, Field, Int64, Timestamp } from '../../../shared/types.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const wide = StreamSource({
  name: 'wide',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('at', Timestamp),
    Field('big', Int64, { nullable: true }),
    Field('list', ArrayOf(Int64), { nullable: true }),
  ],
})
/** Its canonical texts are a thousand times as long as the records that are sent. */
const growing = StreamSource({
  name: 'growing',
  streamConfig: PushConfig({ logOffline: true }),
  schema: Array.from({ length: 200 }, (_, n) =>
    Field(`f${n}_${'x'.repeat(50)}`, Int64, { nullable: true }),
  ),
})
await workspace.apply([wide, growing, plainSource('exact')])

const at = '2026-01-01T00:00:00Z'
const one = (record: string, source = 'wide') =>
  `{"workspace_name":"test","records":{"${source}":[{"record":${record}}]}}`

const deep = '['.repeat(200_000) + ']'.repeat(200_000)
const malformed: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['NaN', one('{"at":NaN}')],
  ['a text', '"x"'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no workspace', '{"records":{}}'],
  ['a workspace that is no text', '{"workspace_name":1,"records":{}}'],
  ['an empty workspace', '{"workspace_name":"","records":{}}'],
  ['no records', '{"workspace_name":"test"}'],
  ['records that are a list', '{"workspace_name":"test","records":[]}'],
  ['a source that is no list', '{"workspace_name":"test","records":{"wide":{}}}'],
  ['an element that is no object', '{"workspace_name":"test","records":{"wide":[1]}}'],
  ['an element without record', '{"workspace_name":"test","records":{"wide":[{}]}}'],
  ['a flag that is no flag', '{"workspace_name":"test","dry_run":"no","records":{}}'],
  ['a protocol that is no number', '{"protocol":"1","workspace_name":"test","records":{}}'],
  ['a body of 200,000 nested arrays', deep],
  ['200,000 nested arrays and long digits', `[1234567890123456,${deep}]`],
  [
    '65 sources',
    `{"workspace_name":"test","records":{${Array.from({ length: 65 }, (_, n) => `"s${n}":[]`).join()}}}`,
  ],
]

describe('a malformed request', () => {
  it.each(malformed)('with %s is refused as a whole', async (_, body) => {
    const { status, json, text } = await workspace.push(body)
    expect(status).toBe(400)
    expect(json).toMatchObject({ requestError: { errorType: 'RequestValidationError' } })
    expect(text.length).toBeLessThan(1_000)
  })

  it('with a deeply nested value is refused by the record, cheaply', async () => {
    for (const value of [deep, `[1234567890123456,${deep}]`]) {
      const { status } = await workspace.push(one(`{"at":"${at}","list":${value}}`))
      expect(status).toBe(400)
    }
  })

  it('takes empty records and an empty source: nothing to store', async () => {
    for (const records of ['{}', '{"wide":[]}']) {
      const { status } = await workspace.push(`{"workspace_name":"test","records":${records}}`)
      expect(status).toBe(200)
    }
  })

  it('survives sources named like members of Object', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { status, json } = await workspace.push(one(`{"at":"${at}"}`, name))
      expect(status).toBe(404)
      expect(json).toMatchObject({
        recordErrors: [{ code: 'unknown_source', pushSourceName: name }],
      })
    }
  })

  it('with an integer of a million digits is refused in good time', async () => {
    const { status } = await workspace.push(one(`{"at":"${at}","big":${'9'.repeat(1_000_000)}}`))
    expect(status).toBe(400)
  })
})

describe('an oversized request', () => {
  const send = (init: RequestInit) =>
    exports.default.fetch('https://gateway.example/ingest', {
      method: 'POST',
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${workspace.ingestKey}` },
    })

  it('is refused by its header', async () => {
    const reply = await send({ body: ' '.repeat(limits.maxRequestBytes + 1) })
    expect(reply.status).toBe(413)
    expect(await reply.json()).toMatchObject({ requestError: { code: 'too_large' } })
  })

  it('is refused by counting when it does not say its size', async () => {
    const chunk = new Uint8Array(100_000).fill(32)
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++sent > 40) controller.close()
        else controller.enqueue(chunk)
      },
    })
    expect((await send({ body })).status).toBe(413)
  })

  it('is taken up to the very limit', async () => {
    const body = one(`{"at":"${at}"}`).padEnd(limits.maxRequestBytes)
    expect((await workspace.push(body)).status).toBe(200)
  })

  it('is refused above 1,000 records, and taken with them', async () => {
    const many = (count: number) => ({
      workspace_name: 'test',
      dry_run: true,
      records: { exact: Array.from({ length: count }, (_, n) => ({ record: { n } })) },
    })
    expect((await workspace.push(many(1_000))).status).toBe(200)
    expect((await workspace.push(many(1_001))).status).toBe(413)
  })

  it('is refused when its canonical texts outgrow the limit', async () => {
    const records = (count: number) => Array.from({ length: count }, () => '{"record":{}}').join()
    const body = (count: number) =>
      `{"workspace_name":"test","dry_run":true,"records":{"growing":[${records(count)}]}}`
    expect((await workspace.push(body(50))).status).toBe(200)
    const { status, text } = await workspace.push(body(100))
    expect(status).toBe(413)
    expect(text).toContain('canonical text')
  })

  it('is refused when it is encoded otherwise than by gzip', async () => {
    for (const encoding of ['br', 'deflate', 'gzip, gzip']) {
      const reply = await send({ body: '{}', headers: { 'content-encoding': encoding } })
      expect([encoding, reply.status]).toEqual([encoding, 415])
    }
    expect((await send({ body: '{}', headers: { 'content-encoding': 'identity' } })).status).toBe(
      400,
    )
  })

  it('is refused when it is no UTF-8', async () => {
    const reply = await send({ body: new Uint8Array([0x7b, 0xff, 0x7d]) })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ requestError: { code: 'malformed_request' } })
  })
})

import { afterAll, describe, expect, it } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { limits } from '../../../shared/limits.ts'
import {
  Array as ArrayOf,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map as MapOf,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const optional = { nullable: true } as const
const wide = StreamSource({
  name: 'wide',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('at', Timestamp),
    Field('text', String, optional),
    Field('flag', Bool, optional),
    Field('small', Int32, optional),
    Field('big', Int64, optional),
    Field('single', Float32, optional),
    Field('double', Float64, optional),
    Field('list', ArrayOf(Int64), optional),
    Field('tags', MapOf(String, String), optional),
    Field('place', Struct([Field('lat', Float64)]), optional),
  ],
})
await workspace.apply([wide, plainSource('exact')])

const at = '2026-01-01T00:00:00Z'
/** A request of one record given as JSON text, since much of this is no value of JavaScript. */
const one = (record: string, source = 'wide') =>
  `{"workspace_name":"test","records":{"${source}":[{"record":${record}}]}}`

afterAll(async () => {
  const { status } = await workspace.push(one(`{"at":"${at}"}`))
  expect(status).toBe(200)
  // What was refused left nothing behind.
  expect(await workspace.rows('wide')).toHaveLength(accepted + 1)
})
let accepted = 0

const badRecords: readonly (readonly [record: string, code: string, field?: string])[] = [
  ['null', 'not_an_object'],
  ['[]', 'not_an_object'],
  ['"text"', 'not_an_object'],
  ['3', 'not_an_object'],
  ['{}', 'missing_field', 'at'],
  ['{"at":null}', 'null_field', 'at'],
  ['{"at":1767225600000}', 'wrong_type', 'at'],
  ...[
    '',
    'now',
    '2026-01-01',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01t00:00:00z',
    '0000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '2026-01-01T00:00:00.1234567890Z',
  ].map(text => [`{"at":${JSON.stringify(text)}}`, 'bad_timestamp', 'at'] as const),
  [`{"at":"${at}","other":1}`, 'unknown_field', 'other'],
  [`{"at":"${at}","__proto__":{"text":"x"}}`, 'unknown_field', '__proto__'],
  [`{"at":"${at}","constructor":1}`, 'unknown_field', 'constructor'],
  [`{"at":"${at}","prototype":1}`, 'unknown_field', 'prototype'],
  [`{"at":"${at}","toString":1}`, 'unknown_field', 'toString'],
  [`{"at":"${at}","text":7}`, 'wrong_type', 'text'],
  [`{"at":"${at}","text":"\\ud800"}`, 'bad_text', 'text'],
  [`{"at":"${at}","flag":"true"}`, 'wrong_type', 'flag'],
  [`{"at":"${at}","small":2147483648}`, 'out_of_range', 'small'],
  [`{"at":"${at}","small":1.5}`, 'wrong_type', 'small'],
  [`{"at":"${at}","big":9223372036854775808}`, 'out_of_range', 'big'],
  [`{"at":"${at}","big":-9223372036854775809}`, 'out_of_range', 'big'],
  [`{"at":"${at}","big":"9223372036854775808"}`, 'out_of_range', 'big'],
  [`{"at":"${at}","big":"0x10"}`, 'wrong_type', 'big'],
  [`{"at":"${at}","big":1e400}`, 'not_finite', 'big'],
  [`{"at":"${at}","big":1e300}`, 'out_of_range', 'big'],
  [`{"at":"${at}","double":"NaN"}`, 'wrong_type', 'double'],
  [`{"at":"${at}","double":1e999}`, 'not_finite', 'double'],
  [`{"at":"${at}","single":1e39}`, 'out_of_range', 'single'],
  [`{"at":"${at}","list":[1,null]}`, 'null_field', 'list.1'],
  [`{"at":"${at}","list":{"0":1}}`, 'wrong_type', 'list'],
  [`{"at":"${at}","tags":{"__proto__":"x"}}`, 'bad_key', 'tags.__proto__'],
  [`{"at":"${at}","tags":{"a":1}}`, 'wrong_type', 'tags.a'],
  [`{"at":"${at}","tags":{"${'k'.repeat(256)}":"x"}}`, 'bad_key'],
  [`{"at":"${at}","place":{"lat":"x"}}`, 'wrong_type', 'place.lat'],
  [`{"at":"${at}","place":{"lat":1,"lon":2}}`, 'unknown_field', 'place.lon'],
  [`{"at":"${at}","text":"${'x'.repeat(limits.maxRecordBytes)}"}`, 'record_too_large'],
]

describe('a bad record', () => {
  for (const [record, code, field] of badRecords) {
    it(`${record.slice(0, 60)} is refused as ${code}`, async () => {
      const { status, json } = await workspace.push(one(record))
      expect(status).toBe(400)
      expect(json).toMatchObject({ recordErrors: [{ code, index: 0, pushSourceName: 'wide' }] })
      if (field !== undefined) expect(json).toMatchObject({ recordErrors: [{ field }] })
    })
  }

  it('says the first bad field only, in a short sentence, and never the whole value', async () => {
    const { text } = await workspace.push(one(`{"at":"${'x'.repeat(10_000)}"}`))
    expect(text.length).toBeLessThan(1_000)
  })

  it('may lie one day ahead and no more', async () => {
    const ahead = (ms: number) => new Date(Date.now() + limits.maxFutureEventMs + ms).toISOString()
    expect((await workspace.push(one(`{"at":"${ahead(-60_000)}"}`))).status).toBe(200)
    accepted++
    const { status, json } = await workspace.push(one(`{"at":"${ahead(60_000)}"}`))
    expect(status).toBe(400)
    expect(json).toMatchObject({ recordErrors: [{ code: 'future_event_time', field: 'at' }] })
    expect((await workspace.push(one('{"at":"0001-01-01T00:00:00Z"}'))).status).toBe(200)
    accepted++
  })

  it('keeps integers exact, whatever their size', async () => {
    const integers = ['9223372036854775807', '-9223372036854775808', '9007199254740993', '0', '-1']
    const records = integers.flatMap(n => [`{"record":{"n":${n}}}`, `{"record":{"n":"${n}"}}`])
    const body = `{"workspace_name":"test","records":{"exact":[${records.join()}]}}`
    expect((await workspace.push(body)).status).toBe(200)
    const { text } = await workspace.send(`${workspace.sourcePath('exact')}/dataframe`)
    expect(text).toBe(integers.map(n => `{"n":${n}}\n{"n":${n}}\n`).join(''))
  })

  it('takes the last of repeated keys', async () => {
    expect((await workspace.push(one(`{"at":"x","at":"${at}"}`))).status).toBe(200)
    accepted++
  })
})

import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import { fieldsOf } from '../../shared/fields/fields-of.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import { recordSchema } from '../../shared/record-schema.ts'
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
} from '../../shared/types.ts'

const expected = [
  Field('id', String),
  Field('at', Timestamp),
  Field('seen', Timestamp),
  Field('big', Int64),
  Field('amount', Float64),
  Field('ok', Bool, { nullable: true }),
  Field('note', String, { nullable: true }),
  Field('tags', Array(String)),
  Field('by_day', Map(String, Int64)),
  Field('place', Struct([Field('lat', Float64), Field('name', String)])),
  Field('level', String),
]
const named = {
  at: Timestamp,
  seen: Timestamp,
  big: Int64,
  amount: Float64,
  by_day: Map(String, Int64),
  place: { lat: Float64 },
} as const
const byName = (fields: Parameters<typeof encodeFields>[0]) =>
  encodeFields(fields).toSorted((left, right) => (left.name < right.name ? -1 : 1))

describe('fields of a Standard Schema', () => {
  const zod = z.object({
    id: z.string(),
    at: z.iso.datetime(),
    seen: z.date(),
    big: z.bigint(),
    amount: z.number(),
    ok: z.boolean().optional(),
    note: z.string().nullable(),
    tags: z.array(z.string()),
    by_day: z.record(z.string(), z.int()),
    place: z.object({ lat: z.number(), name: z.string() }),
    level: z.enum(['low', 'high']),
  })

  it('by zod', () => {
    expect(encodeFields(fieldsOf(zod, named))).toEqual(encodeFields(expected))
    const times = z.object({ at: z.iso.datetime({ offset: true }) })
    expect(encodeFields(fieldsOf(times))).toEqual(encodeFields([Field('at', Timestamp)]))
  })

  it('by arktype, which sorts the required ones by name', () => {
    const arktype = type({
      id: 'string',
      at: 'string.date.iso',
      seen: 'Date',
      big: 'bigint',
      amount: 'number',
      'ok?': 'boolean',
      note: 'string | null',
      tags: 'string[]',
      by_day: 'Record<string, number.integer>',
      place: { lat: 'number', name: 'string' },
      level: "'low' | 'high'",
    })
    expect(byName(fieldsOf(arktype, named))).toEqual(byName(expected))
  })

  it('by valibot, wrapped', () => {
    const valibot = v.object({
      id: v.string(),
      at: v.pipe(v.string(), v.isoTimestamp()),
      seen: v.date(),
      big: v.bigint(),
      amount: v.number(),
      ok: v.optional(v.boolean()),
      note: v.nullable(v.string()),
      tags: v.array(v.string()),
      by_day: v.record(v.string(), v.pipe(v.number(), v.integer())),
      place: v.object({ lat: v.number(), name: v.string() }),
      level: v.picklist(['low', 'high']),
    })
    expect(encodeFields(fieldsOf(toStandardJsonSchema(valibot), named))).toEqual(
      encodeFields(expected),
    )
    expect(() => fieldsOf(v.object({ id: v.string() }))).toThrow(
      'This schema of "valibot" gives no JSON Schema. Wrap it: fieldsOf(toStandardJsonSchema(schema))',
    )
  })

  it('are a source to which what the schema takes can be pushed', () => {
    const source = StreamSource({
      name: 'payments',
      streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
      schema: fieldsOf(zod, named),
    })
    const record = {
      id: 'a',
      at: '2026-01-04T00:25:06Z',
      seen: new Date(0),
      big: 9007199254740993n,
      amount: 1.5,
      note: null,
      tags: ['x'],
      by_day: { monday: 3 },
      place: { lat: 1, name: 'here' },
      level: 'low',
    }
    expect(zod.safeParse(record).success).toBe(true)
    expect(v.safeParse(recordSchema(source.schema), record).success).toBe(true)
    expect(v.safeParse(recordSchema(source.schema), { ...record, tags: [1] }).success).toBe(false)
  })

  it('ask for what JSON Schema cannot say', () => {
    // @ts-expect-error A date has no type of JSON.
    expect(() => fieldsOf(z.object({ at: z.date() }))).toThrow(
      '"at" has values of which JSON Schema says nothing. Name their type: { at: Timestamp }',
    )
    // @ts-expect-error A number has no width.
    expect(() => fieldsOf(type({ amount: 'number' }))).toThrow('"amount" has numbers')
    const union = z.object({ x: z.union([z.string(), z.boolean()]) })
    expect(() => fieldsOf(union)).toThrow('"x" has')
    const tree = z.object({
      name: z.string(),
      get child() {
        return tree.optional()
      },
    })
    // @ts-expect-error A type that holds itself has no columns.
    expect(() => fieldsOf(tree)).toThrow('has a type that holds itself')
  })
})

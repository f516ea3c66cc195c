import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { isRecordCode } from '../../shared/error-codes.ts'
import { canonicalText, firstRefusal, recordSchema } from '../../shared/record-schema.ts'
import {
  Array,
  type CanonicalRecord,
  Field,
  Float64,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../shared/types.ts'
import { arbitraryFieldList, recordsOf } from './arbitrary-fields.ts'

const schema = recordSchema([
  Field('date', Timestamp),
  Field('delay', Int64),
  Field('origin', String),
  Field('note', String, { nullable: true }),
  Field('tags', Array(String), { nullable: true }),
  Field('at', Struct([Field('lat', Float64)]), { nullable: true }),
  Field('sums', Map(String, Int64), { nullable: true }),
])
const flight = { date: '2001-01-10T18:20Z', delay: 3, origin: 'SEA' }
const canonicalFlight = {
  date: '2001-01-10T18:20:00.000000Z',
  delay: 3,
  origin: 'SEA',
  note: null,
  tags: null,
  at: null,
  sums: null,
}

const refusalOf = (record: unknown) => firstRefusal(v.safeParse(schema, record))

describe('recordSchema', () => {
  it('gives every field in schema order, absent ones as null', () => {
    const { origin, ...rest } = flight
    const record = v.parse(schema, { origin, ...rest, note: undefined })
    expect(canonicalText(record)).toBe(JSON.stringify(canonicalFlight))
  })

  it('is a Standard Schema too', async () => {
    expect(await schema['~standard'].validate(flight)).toMatchObject({ value: canonicalFlight })
    const { issues } = await schema['~standard'].validate({ ...flight, delay: 'high' })
    expect(issues).toMatchObject([
      { message: '"delay": Expected int64 but received "high".', path: [{ key: 'delay' }] },
    ])
  })

  it('works inside valibot’s pipes, arrays and objects', async () => {
    const origins = v.pipe(
      schema,
      v.transform(record => record.origin),
    )
    expect(v.parse(v.array(origins), [flight, flight])).toEqual(['SEA', 'SEA'])
    expect(await v.parseAsync(origins, flight)).toBe('SEA')
    const nested = v.safeParse(v.object({ flights: v.array(origins) }), {
      flights: [flight, { ...flight, at: { lat: 'x' } }],
    })
    expect(nested.issues?.map(issue => [v.getDotPath(issue), issue.message])).toEqual([
      ['flights.1.at.lat', '"at.lat": Expected float64 but received "x".'],
    ])
    const either = v.fallback(schema, canonicalFlight)
    expect(v.parse(either, 'no record')).toEqual(canonicalFlight)
  })

  it('infers what goes in and gives canonical records', () => {
    type Input = v.InferInput<typeof schema>
    expectTypeOf<Input['delay']>().toEqualTypeOf<bigint | number | string>()
    expectTypeOf<Input['note']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<v.InferOutput<typeof schema>>().toEqualTypeOf<CanonicalRecord>()
  })

  it('has an issue for each bad field, in schema order, unknown ones last', () => {
    const record = { more: 1, tags: ['a', 2], note: 3, delay: 1.5, date: 7, at: { lat: '1' } }
    const { issues } = v.safeParse(schema, record)
    expect(issues?.map(({ type, message }) => [type, message])).toEqual([
      ['wrong_type', '"date": Expected timestamp but received 7.'],
      ['wrong_type', '"delay": Expected int64 but received 1.5.'],
      ['missing_field', '"origin": Expected string but received nothing.'],
      ['wrong_type', '"note": Expected string but received 3.'],
      ['wrong_type', '"tags.1": Expected string but received 2.'],
      ['wrong_type', '"at.lat": Expected float64 but received "1".'],
      ['unknown_field', '"more": Expected no such field but received 1.'],
    ])
    expect(issues?.map(issue => v.getDotPath(issue))).toEqual([
      'date',
      'delay',
      'origin',
      'note',
      'tags.1',
      'at.lat',
      'more',
    ])
  })

  it('gives paths and inputs as valibot does', () => {
    const tags = ['a', 2]
    const record = { ...flight, tags }
    const [issue] = v.safeParse(schema, record).issues ?? []
    expect(issue?.input).toBe(2)
    expect(issue?.path).toEqual([
      { type: 'object', origin: 'value', input: record, key: 'tags', value: tags },
      { type: 'array', origin: 'value', input: tags, key: 1, value: 2 },
    ])
  })

  it('stops at the first bad field when told to', () => {
    expect(v.safeParse(schema, {}, { abortEarly: true }).issues).toHaveLength(1)
    expect(v.safeParse(schema, {}).issues).toHaveLength(3)
  })

  it('lists at most 256 bad fields', () => {
    const many = Object.fromEntries(globalThis.Array.from({ length: 5000 }, (_, i) => [`f${i}`, i]))
    expect(v.safeParse(schema, { ...flight, ...many }).issues).toHaveLength(256)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'delay'],
    ['a list', [flight]],
    ['a date', new Date()],
    ['a map', new globalThis.Map(Object.entries(flight))],
    ['an instance', Object.assign(new (class Flight {})(), flight)],
  ])('refuses %s as a record', (_, record) => {
    expect(refusalOf(record)?.code).toBe('not_an_object')
    expect(refusalOf(record)).not.toHaveProperty('field')
  })

  it('takes objects without prototype and of another realm', () => {
    expect(v.is(schema, Object.assign(Object.create(null), flight))).toBe(true)
    const otherRealm = Object.create(null)
    expect(v.is(schema, Object.assign(Object.create(otherRealm), flight))).toBe(true)
  })

  it('counts only what the object itself holds and shows', () => {
    const named = recordSchema([Field('constructor', String), Field('toString', String)])
    expect(v.safeParse(named, {}).issues).toMatchObject([
      { type: 'missing_field' },
      { type: 'missing_field' },
    ])
    expect(v.parse(named, { constructor: 'a', toString: 'b' })).toEqual({
      constructor: 'a',
      toString: 'b',
    })
    const hidden = Object.defineProperty({ ...flight }, 'origin', { enumerable: false })
    expect(refusalOf(hidden)).toMatchObject({ field: 'origin', code: 'missing_field' })
    expect(v.is(schema, { ...flight, [Symbol('x')]: 1 })).toBe(true)
  })

  it('refuses a prototype in disguise and leaves prototypes alone', () => {
    const record = JSON.parse(
      `{"__proto__": {"polluted": true}, ${JSON.stringify(flight).slice(1)}`,
    )
    expect(v.safeParse(schema, record).issues).toMatchObject([
      { type: 'unknown_field', path: [{ key: '__proto__' }] },
    ])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('keeps keys of any length out of its sentences', () => {
    const refusal = refusalOf({ ...flight, ['x'.repeat(60_000)]: 'y'.repeat(60_000) })
    expect(refusal?.field?.length).toBeLessThan(300)
    expect(refusal?.reason.length).toBeLessThan(400)
  })
})

describe('canonical records', () => {
  it('are accepted again and give the same text', () => {
    const records = arbitraryFieldList.chain(list => fc.tuple(fc.constant(list), recordsOf(list)))
    fc.assert(
      fc.property(records, ([list, record]) => {
        const anySchema = recordSchema(list.map(({ field }) => field))
        const canonical = v.parse(anySchema, record)
        expect(Object.keys(canonical)).toEqual(list.map(({ field }) => field.name))
        const text = canonicalText(canonical)
        expect(canonicalText(v.parse(anySchema, JSON.parse(text)))).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('do not depend on the order of keys, nor change what was given', () => {
    const records = arbitraryFieldList.chain(list =>
      fc.tuple(
        fc.constant(list),
        recordsOf(list).chain(record =>
          fc.tuple(
            fc.constant(record),
            fc.shuffledSubarray(Object.entries(record), { minLength: Object.keys(record).length }),
          ),
        ),
      ),
    )
    fc.assert(
      fc.property(records, ([list, [record, entries]]) => {
        const anySchema = recordSchema(list.map(({ field }) => field))
        const before = fc.stringify(record)
        const text = canonicalText(v.parse(anySchema, record))
        expect(canonicalText(v.parse(anySchema, Object.fromEntries(entries)))).toBe(text)
        expect(fc.stringify(record)).toBe(before)
      }),
    )
  })

  it('come of any value whatever, or a refusal does', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withSparseArray: true })
    const values = fc.tuple(arbitraryFieldList, fc.array(anything, { minLength: 6, maxLength: 6 }))
    fc.assert(
      fc.property(values, ([list, members]) => {
        const anySchema = recordSchema(list.map(({ field }) => field))
        const record = Object.fromEntries(list.map(({ field }, at) => [field.name, members[at]]))
        const result = v.safeParse(anySchema, record)
        if (result.success) {
          const text = canonicalText(result.output)
          expect(canonicalText(v.parse(anySchema, JSON.parse(text)))).toBe(text)
        } else {
          expect(isRecordCode(firstRefusal(result)?.code)).toBe(true)
          expect(result.output).toBe(record)
        }
        expect(v.safeParse(anySchema, members[0]).success).toBeTypeOf('boolean')
      }),
      { numRuns: 300 },
    )
  })
})

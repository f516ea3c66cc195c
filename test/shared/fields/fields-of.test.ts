import { describe, expect, it } from 'vitest'
import { encodeFields } from '../../../shared/fields/encode-fields.ts'
import { fieldsOf } from '../../../shared/fields/fields-of.ts'
import { jsonSchemaFields } from '../../../shared/fields/json-schema-fields.ts'
import { ValidationError } from '../../../shared/fields/validation-error.ts'
import {
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'

const object = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})

describe('fields of a JSON Schema', () => {
  it('are its properties in order', () => {
    const fields = fieldsOf(
      {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'Who it was' },
          at: { type: 'string', format: 'date-time' },
          ok: { type: 'boolean' },
          amount: { type: 'number' },
          count: { type: 'integer' },
          tags: { type: 'array', items: { type: 'string' } },
          note: { type: 'string' },
        },
        required: ['id', 'at', 'ok', 'amount', 'count', 'tags'],
      },
      { amount: Float64, count: Int64 },
    )
    expect(encodeFields(fields)).toEqual(
      encodeFields([
        Field('id', String, { description: 'Who it was' }),
        Field('at', Timestamp),
        Field('ok', Bool),
        Field('amount', Float64),
        Field('count', Int64),
        Field('tags', Array(String)),
        Field('note', String, { nullable: true }),
      ]),
    )
  })

  it.each([
    [{ type: ['string', 'null'] }, undefined, Field('x', String, { nullable: true })],
    [
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      undefined,
      Field('x', String, { nullable: true }),
    ],
    [{ oneOf: [{ const: 'a' }, { const: 'b' }] }, undefined, Field('x', String)],
    [{ enum: ['a', 'b', null] }, undefined, Field('x', String, { nullable: true })],
    [{ const: true }, undefined, Field('x', Bool)],
    [{ anyOf: [{ const: true }, { const: false }] }, undefined, Field('x', Bool)],
    [{ enum: [1, 2] }, Int32, Field('x', Int32)],
    [{ type: 'string', format: 'date' }, undefined, Field('x', String)],
    [{ type: 'string' }, Timestamp, Field('x', Timestamp)],
    [{ type: 'string' }, Int64, Field('x', Int64)],
    [{ allOf: [{ $ref: '#/$defs/text' }] }, undefined, Field('x', String)],
    [{ $ref: '#/$defs/a~1b' }, undefined, Field('x', Bool)],
    [{}, Timestamp, Field('x', Timestamp)],
    [true, Int64, Field('x', Int64)],
    [{ anyOf: [{}, { type: 'null' }] }, Timestamp, Field('x', Timestamp, { nullable: true })],
    [
      { type: 'object', additionalProperties: { type: 'string' } },
      undefined,
      Field('x', Map(String, String)),
    ],
    [
      { type: 'object', additionalProperties: { type: 'integer' } },
      Map(String, Int64),
      Field('x', Map(String, Int64)),
    ],
    [{ type: 'array', items: { type: 'number' } }, Array(Float32), Field('x', Array(Float32))],
    [
      { type: 'array', items: object({ n: { type: 'number' } }) },
      Array(Struct([Field('n', Float64)])),
      Field('x', Array(Struct([Field('n', Float64)]))),
    ],
    [
      object({ lat: { type: 'number' }, on: { type: 'boolean' } }, ['lat']),
      { lat: Float64 },
      Field('x', Struct([Field('lat', Float64), Field('on', Bool, { nullable: true })])),
    ],
    [
      { anyOf: [object({ deep: object({ n: { type: 'integer' } }) }), { type: 'null' }] },
      { deep: { n: Int32 } },
      Field('x', Struct([Field('deep', Struct([Field('n', Int32)]))]), { nullable: true }),
    ],
    [
      { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'string' }] },
      undefined,
      Field('x', String),
    ],
  ])('takes %j, named %o', (schema, type, field) => {
    const root = {
      ...object({ x: schema }),
      $defs: { text: { type: 'string' }, 'a/b': { type: 'boolean' } },
    }
    const fields = jsonSchemaFields(root, type === undefined ? undefined : { x: type })
    expect(encodeFields(fields)).toEqual(encodeFields([field]))
  })

  it.each<[string, unknown, unknown, string]>([
    ['numbers', { type: 'number' }, undefined, '"x" has numbers. Name their width: { x: Float64 }'],
    [
      'integers',
      { type: 'integer' },
      undefined,
      '"x" has integers. Name their width: { x: Int64 }',
    ],
    ['members', { type: 'array', items: { type: 'integer' } }, undefined, '"x[]" has integers'],
    [
      'values',
      { type: 'object', additionalProperties: { type: 'number' } },
      undefined,
      '"x{}" has',
    ],
    [
      'inner numbers',
      object({ n: { type: 'number' } }),
      undefined,
      '"x.n" has numbers. Name their width: { n: Float64 }',
    ],
    [
      'null members',
      { type: 'array', items: { type: ['string', 'null'] } },
      undefined,
      '"x[]" has members that may be null',
    ],
    ['anything', {}, undefined, '"x" has values of which JSON Schema says nothing'],
    [
      'alternatives',
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
      undefined,
      '"x" has alternatives (string or number)',
    ],
    [
      'several types',
      { type: ['string', 'number'] },
      undefined,
      '"x" has values of string or number',
    ],
    ['mixed values', { enum: ['a', 1] }, undefined, '"x" has values of string or integer'],
    ['two objects', { anyOf: [object({}), object({})] }, undefined, '"x" has alternatives'],
    ['intersections', { allOf: [{ type: 'string' }, {}] }, undefined, '"x" has an intersection'],
    ['tuples', { type: 'array', prefixItems: [{ type: 'string' }] }, undefined, '"x" has a tuple'],
    ['empty objects', { type: 'object' }, undefined, '"x" has an object of which nothing is said'],
    ['nothing but null', { type: 'null' }, undefined, '"x" has nothing but null'],
    [
      'far references',
      { $ref: 'https://example.com/s' },
      undefined,
      '"x" has a reference to "https',
    ],
    ['lost references', { $ref: '#/$defs/nope' }, undefined, 'which leads nowhere'],
    ['themselves', { $ref: '#' }, undefined, 'has a type that holds itself'],
    ['false', false, undefined, '"x" has the schema false'],
    ['strange types', { type: 'file' }, undefined, '"x" has the type "file"'],
    ['a wrong type', { type: 'string' }, Float64, '"x" has values of string. They are no float64'],
    ['wrong members', { type: 'array', items: { type: 'string' } }, Array(Int64), ''],
    [
      'a wrong member',
      { type: 'array', items: { type: 'boolean' } },
      Array(Int64),
      '"x[]" has values of boolean',
    ],
    [
      'a wrong struct',
      object({ a: { type: 'string' } }),
      Struct([Field('b', String)]),
      '"x" has no "b"',
    ],
    [
      'an unknown name',
      object({ a: { type: 'string' } }),
      { b: String },
      'A type is named for "x.b"',
    ],
    ['no type', { type: 'number' }, Number, "JavaScript's own Number"],
  ])('refuses %s', (what, schema, type, sentence) => {
    const read = () =>
      jsonSchemaFields(object({ x: schema }), type === undefined ? undefined : { x: type })
    // Exact integers travel as text, too.
    if (what === 'wrong members') return expect(read()).toHaveLength(1)
    expect(read).toThrow(ValidationError)
    expect(read).toThrow(sentence)
  })

  it('refuses what has no columns', () => {
    expect(() => fieldsOf({ type: 'string' })).toThrow('The schema has no properties')
    expect(() => fieldsOf({ type: 'object', properties: {} })).toThrow('fields is a list')
    expect(() => fieldsOf(object({ a__b: { type: 'string' } }))).toThrow('A name is')
    expect(() => jsonSchemaFields(object({ a: { type: 'string' } }), { b: String })).toThrow(
      'A type is named for "b", which the schema does not have; it has a.',
    )
    expect(() => jsonSchemaFields(object({ a: { type: 'string' } }), [String])).toThrow(
      'Types are named by an object',
    )
    for (const wrong of [undefined, null, 'x', 3, [], new Date()]) {
      expect(() => fieldsOf(Object(wrong))).toThrow(ValidationError)
    }
  })

  it('ends at schemas that nest too deep', () => {
    let schema: object = { type: 'string' }
    for (let depth = 0; depth < 100; depth++) schema = { type: 'array', items: schema }
    expect(() => jsonSchemaFields(object({ x: schema }), undefined)).toThrow('levels')
  })
})

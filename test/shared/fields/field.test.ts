import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEntity } from '../../../shared/definitions/entity.ts'
import { readStreamSource } from '../../../shared/definitions/stream-source.ts'
import { decodeFields, encodeFields } from '../../../shared/fields/encode-fields.ts'
import { Attribute, PushConfig, ValidationError } from '../../../shared/index.ts'
import {
  type AnyField,
  type AnyType,
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
import { arbitraryFieldList } from '../arbitrary-fields.ts'

/** What plain JavaScript may pass, which no compiler has seen. */
const fieldOf = (...values: unknown[]): unknown => Reflect.apply(Field, undefined, values)
const structOf = (...values: unknown[]): AnyType => Reflect.apply(Struct, undefined, values)
const mapOf = (...values: unknown[]): AnyType => Reflect.apply(Map, undefined, values)

/** A definition is where the rules are checked: fields and types are data, and throw nothing themselves. */
const define = (...schema: unknown[]) =>
  readStreamSource({ name: 's', streamConfig: PushConfig(), schema })

function nested(depth: number): AnyType {
  let type: AnyType = Bool
  for (let at = 1; at < depth; at++) type = Array(type)
  return type
}

describe('Field', () => {
  it('makes the same frozen data by position and by name', () => {
    const field = Field('note', String, { nullable: true, description: 'Free text' })
    expect(field).toEqual({
      name: 'note',
      dtype: String,
      nullable: true,
      description: 'Free text',
    })
    expect(
      Field({ name: 'note', dtype: String, nullable: true, description: 'Free text' }),
    ).toEqual(field)
    expect(Field({ name: 'n', dtype: Int64 })).toEqual(Field('n', Int64))
    expect(Object.isFrozen(field)).toBe(true)
  })

  it('may be deprecated where it is nullable, which its JSON says only then', () => {
    const old = Field('note', String, { nullable: true, deprecated: true })
    const kept = Field('note', String, { nullable: true, deprecated: false })
    expect(define(old).schema).toEqual([{ ...old }])
    expect(decodeFields(encodeFields([old]))).toEqual([old])
    expect(encodeFields([old])).toEqual([
      { name: 'note', dtype: 'string', nullable: true, deprecated: true },
    ])
    expect(encodeFields(define(kept).schema)).toEqual([
      { name: 'note', dtype: 'string', nullable: true },
    ])
    expect(() => define(fieldOf('note', String, { deprecated: true }))).toThrow(
      'field "note": A deprecated field is nullable, so that records need not have it; add nullable: true.',
    )
    expect(() => define(fieldOf('note', String, { nullable: true, deprecated: 1 }))).toThrow(
      'deprecated is true or false',
    )
  })

  it.each(['a', 'Z9', 'user_id', 'a_', 'a_b_c', 'x'.repeat(63)])('allows the name %s', name => {
    expect(Field(name, Bool).name).toBe(name)
  })

  it.each(['', '_a', '9a', 'a__b', 'a-b', 'a b', 'a.b', 'é', 'a\n', 'x'.repeat(64), '__proto__'])(
    'of the name %j is refused by definitions',
    name => {
      const field = Field(name, Bool)
      expect(() => define(field)).toThrow(ValidationError)
      expect(() => define(Field('at', Struct([field])))).toThrow(ValidationError)
      expect(() => readEntity({ name: 'e', joinKeys: [field] })).toThrow(ValidationError)
    },
  )

  it.each<[unknown, string]>([
    [globalThis.String, "JavaScript's own String, which is no data type; import { String }"],
    [globalThis.Array, 'import { Array }'],
    [globalThis.Map, 'import { Map }'],
    [Boolean, "own Boolean, which is no data type; import { Bool } from 'tidegate/types'"],
    [Number, 'import { Float64 }'],
    [BigInt, 'import { Int64 }'],
    [Date, 'import { Timestamp }'],
    [Object, 'import { Struct }'],
    [Array, 'write Array(String)'],
    ['string', 'Expected a data type'],
    [undefined, 'received nothing'],
    [{ kind: 'string' }, 'Expected a data type'],
  ])('tells definitions which import is meant instead of %s', (dtype, sentence) => {
    const member: AnyType = Reflect.apply(Array, undefined, [dtype])
    for (const type of [dtype, member, mapOf(String, dtype), structOf([fieldOf('y', dtype)])]) {
      const field = fieldOf('x', type)
      expect(() => define(field)).toThrow(ValidationError)
      expect(() => define(field)).toThrow(sentence)
      expect(() => define(field)).toThrow(/^StreamSource "s", field "x"/)
    }
    expect(() => Reflect.apply(Attribute, undefined, ['x', member])).toThrow(sentence)
  })

  it.each([
    ['a misspelt option', ['x', Bool, { nulable: true }], 'no option "nulable"'],
    ['a flag that is none', ['x', Bool, { nullable: 'yes' }], 'nullable is true or false'],
    ['a description that is no text', ['x', Bool, { description: 1 }], 'description is text'],
    ['a name that is no text', [1, Bool], 'A name is'],
    ['options that are no object', ['x', Bool, true], 'no option "options"'],
    ['a text for options', ['x', Bool, 'nullable'], 'no option "options"'],
    ['no object', [null], 'A name is'],
    ['a list', [['x', Bool]], 'no option "0"'],
    ['nothing', [], 'A name is'],
  ])('of %s is refused by definitions', (_, values, sentence) => {
    expect(() => define(fieldOf(...values))).toThrow(ValidationError)
    expect(() => define(fieldOf(...values))).toThrow(sentence)
    expect(() => define(Field('at', structOf([fieldOf(...values)])))).toThrow(sentence)
  })
})

describe('types that hold others', () => {
  it('nest at most 32 deep, the record counted', () => {
    expect(define(Field('x', nested(31))).schema[0]?.dtype.kind).toBe('array')
    for (const type of [nested(32), nested(5_000), mapOf(String, nested(31))]) {
      expect(() => define(Field('x', type))).toThrow('Types nest at most 32 deep.')
    }
    const field = Field('x', Struct([Field('x', nested(31))]))
    expect(() => define(field)).toThrow('Types nest at most 32 deep.')
    expect(() => Attribute('x', nested(33))).toThrow('Types nest at most 32 deep.')
  })

  it('have no fields that differ only in case, nor none at all', () => {
    const struct = Struct([Field('Lat', Float64), Field('lat', Float64)])
    expect(() => define(Field('at', struct))).toThrow('"Lat" and "lat" are the same name')
    for (const none of [[], undefined, null, 7]) {
      expect(() => define(Field('at', structOf(none)))).toThrow('fields is a list')
    }
  })

  it('have texts as keys of maps', () => {
    expect(() => define(Field('x', mapOf(Int64, Bool)))).toThrow('write Map(String, V)')
    expect(() => define(Field('x', mapOf(globalThis.String, Bool)))).toThrow('import { String }')
  })

  it('hold at most 256 fields, those of inner structs counted', () => {
    const fields = (count: number) =>
      globalThis.Array.from({ length: count }, (_, at) => Field(`f${at}`, Bool))
    const inner = Field('inner', Array(Struct(fields(128))))
    expect(define(...fields(256)).schema).toHaveLength(256)
    expect(define(inner, ...fields(127)).schema).toHaveLength(128)
    expect(() => define(...fields(257))).toThrow('More than 256 fields')
    expect(() => define(inner, ...fields(128))).toThrow('More than 256 fields')
  })

  it('are soon refused when they grow exponentially', () => {
    let type: AnyType = Bool
    for (let at = 0; at < 30; at++) type = Struct([Field('a', type), Field('b', type)])
    expect(() => define(Field('x', type))).toThrow('More than 256 fields')
  })

  it('do not change in a definition when what they were made of does', () => {
    const fields: AnyField[] = [Field('lat', Float64)]
    const source = define(Field('at', Struct(fields)))
    fields.push(Field('lon', Float64))
    expect(encodeFields(source.schema)).toEqual([
      {
        name: 'at',
        dtype: {
          kind: 'struct',
          fields: [{ name: 'lat', dtype: 'float64', nullable: false }],
        },
        nullable: false,
      },
    ])
  })
})

describe('encodeFields and decodeFields', () => {
  it('write types in a few words', () => {
    const fields = [
      Field('at', Timestamp, { description: 'When' }),
      Field('by_day', Map(String, Array(Int64)), { nullable: true }),
      Field('place', Struct([Field('lat', Float64)])),
    ]
    const lat = { name: 'lat', dtype: 'float64', nullable: false }
    expect(encodeFields(fields)).toEqual([
      { name: 'at', dtype: 'timestamp', nullable: false, description: 'When' },
      {
        name: 'by_day',
        dtype: { kind: 'map', value: { kind: 'array', element: 'int64' } },
        nullable: true,
      },
      { name: 'place', dtype: { kind: 'struct', fields: [lat] }, nullable: false },
    ])
  })

  it('are each other’s inverse', () => {
    fc.assert(
      fc.property(arbitraryFieldList, list => {
        const fields: readonly AnyField[] = list.map(({ field }) => field)
        const text = JSON.stringify(encodeFields(fields))
        expect(JSON.stringify(encodeFields(decodeFields(JSON.parse(text))))).toBe(text)
      }),
    )
  })

  it.each([
    ['null'],
    ['{}'],
    ['[]'],
    ['[null]'],
    ['[[]]'],
    ['[{}]'],
    ['[{"name":"a"}]'],
    ['[{"name":"a","dtype":"decimal"}]'],
    ['[{"name":"a","dtype":"constructor"}]'],
    ['[{"name":"a","dtype":{"kind":"array"}}]'],
    ['[{"name":"a","dtype":{"kind":"string"}}]'],
    ['[{"name":"a","dtype":{"kind":"struct","fields":[]}}]'],
    ['[{"name":"a","dtype":{"kind":"array","element":"bool","more":1}}]'],
    ['[{"name":"a","dtype":"bool"},{"name":"A","dtype":"bool"}]'],
    ['[{"name":"__proto__","dtype":"bool"}]'],
    ['[{"name":"a","dtype":"bool","__proto__":{"nullable":true}}]'],
    ['[{"name":"a","dtype":{"kind":"map","value":"bool","__proto__":{}}}]'],
    ['[{"name":"a","dtype":"bool","nullable":1}]'],
    [
      `[{"name":"a","dtype":${'{"kind":"array","element":'.repeat(10_000)}"bool"${'}'.repeat(10_001)}]`,
    ],
  ])('refuse %.80s', text => {
    expect(() => decodeFields(JSON.parse(text))).toThrow(ValidationError)
  })
})

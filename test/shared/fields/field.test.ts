import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFields, encodeFields } from '../../../shared/fields/encode-fields.ts'
import { ValidationError } from '../../../shared/index.ts'
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

  it.each(['a', 'Z9', 'user_id', 'a_', 'a_b_c', 'x'.repeat(63)])('allows the name %s', name => {
    expect(Field(name, Bool).name).toBe(name)
  })

  it.each(['', '_a', '9a', 'a__b', 'a-b', 'a b', 'a.b', 'é', 'a\n', 'x'.repeat(64), '__proto__'])(
    'refuses the name %j',
    name => {
      expect(() => Field(name, Bool)).toThrow(ValidationError)
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
    [undefined, 'received undefined'],
    [{ kind: 'string' }, 'Expected a data type'],
  ])('names the import that is meant instead of %s', (dtype, sentence) => {
    expect(() => fieldOf('x', dtype)).toThrow(ValidationError)
    expect(() => fieldOf('x', dtype)).toThrow(sentence)
  })

  it.each([
    ['a misspelt option', ['x', Bool, { nulable: true }]],
    ['a flag that is none', ['x', Bool, { nullable: 'yes' }]],
    ['a description that is no text', ['x', Bool, { description: 1 }]],
    ['a name that is no text', [1, Bool]],
    ['options that are no object', ['x', Bool, true]],
    ['nothing', []],
  ])('refuses %s', (_, values) => {
    expect(() => fieldOf(...values)).toThrow(ValidationError)
  })
})

describe('types that hold others', () => {
  it('nest at most 32 deep', () => {
    expect(nested(32).kind).toBe('array')
    expect(() => nested(33)).toThrow('Types nest at most 32 deep.')
    expect(() => Map(String, nested(32))).toThrow(ValidationError)
    expect(() => Struct([Field('x', nested(32))])).toThrow(ValidationError)
  })

  it('refuse fields that differ only in case, and none at all', () => {
    expect(() => Struct([Field('Lat', Float64), Field('lat', Float64)])).toThrow(
      '"Lat" and "lat" are the same name',
    )
    expect(() => Struct([])).toThrow(ValidationError)
  })

  it('hold at most 256 fields, those of inner structs counted', () => {
    const fields = (count: number) =>
      globalThis.Array.from({ length: count }, (_, at) => Field(`f${at}`, Bool))
    expect(Struct(fields(256)).fields).toHaveLength(256)
    expect(() => Struct(fields(257))).toThrow('257 fields')
    const inner = Field('inner', Array(Struct(fields(128))))
    expect(() => Struct([inner, ...fields(128)])).toThrow('257 fields')
    expect(Struct([inner, ...fields(127)]).fields).toHaveLength(128)
  })

  it('soon refuse types that grow exponentially', () => {
    let type: AnyType = Bool
    expect(() => {
      for (let at = 0; at < 40; at++) type = Struct([Field('a', type), Field('b', type)])
    }).toThrow(ValidationError)
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

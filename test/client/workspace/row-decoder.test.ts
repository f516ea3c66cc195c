import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowDecoder, valueDecoder } from '../../../client/workspace/row-decoder.ts'
import { readServedType, unservedValue } from '../../../client/workspace/served-type.ts'
import { parseExactJson } from '../../../shared/parse-exact-json.ts'
import {
  Bool,
  Field,
  Int32,
  Int64,
  Array as List,
  Map,
  String,
  Struct,
} from '../../../shared/types.ts'

const nested = Struct([
  Field('n', Int64, { nullable: true }),
  Field('all', List(Map(String, Int64))),
  Field('on', Bool),
])

describe('rows', () => {
  test('give back any Int64 exactly, wherever it stands', () =>
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), n => {
        const decode = rowDecoder([Field('n', Int64), Field('deep', nested)])
        const text = `{"n":${n},"deep":{"n":${n},"all":[{"a":${n},"_offset":${n}}],"on":true},"_offset":1}`
        expect(decode(parseExactJson(text))).toEqual({
          n,
          deep: { n, all: [{ a: n, _offset: n }], on: true },
        })
      }),
    ))

  test.each([
    ['{"n":1}', 'Expected struct but received nothing'],
    [
      '{"deep":{"n":null,"all":[{"a":1.5}],"on":true}}',
      '"deep.all.0.a": Expected int64 but received 1.5',
    ],
    ['{"deep":{"n":null,"all":[],"on":true,"off":1}}', '"deep.off": Expected no such field'],
    ['[1]', 'a row is an object but received an array'],
    ['"deep"', 'a row is an object but received "deep"'],
  ])('that are none are refused: %s', (text, sentence) => {
    expect(() => rowDecoder([Field('deep', nested)])(parseExactJson(text))).toThrow(sentence)
  })

  test('have null where it may be, and nowhere else', () => {
    const decode = (nullable: boolean) =>
      rowDecoder([nullable ? Field('n', Int32, { nullable: true }) : Field('n', Int32)])
    expect(decode(true)({ n: null })).toEqual({ n: null })
    expect(() => decode(false)({ n: null })).toThrow('Expected int32 but received null')
    expect(() => decode(true)({})).toThrow('Expected int32 but received nothing')
  })
})

describe('features', () => {
  test('are read by the types that come along', () => {
    const type = readServedType({
      type: 'struct',
      fields: [
        { name: 'n', dataType: { type: 'int64' } },
        { name: 'all', dataType: { type: 'array', elementType: { type: 'int64' } } },
        { name: 'on', dataType: { type: 'map', keyType: {}, valueType: { type: 'boolean' } } },
      ],
    })
    const value = ['-9007199254740993', ['1', '2'], { a: true }]
    expect(valueDecoder(type)(unservedValue(type, value), 'f')).toEqual({
      n: -9007199254740993n,
      all: [1n, 2n],
      on: { a: true },
    })
    for (const wrong of [
      ['1', ['1']],
      ['1', ['x'], {}],
      ['1', [], {}, 1],
    ]) {
      expect(() => valueDecoder(type)(unservedValue(type, wrong), 'f')).toThrow('Expected')
    }
  })

  test('of Int32 are numbers where the definition says so', () => {
    expect(valueDecoder(Int32)(unservedValue(Int32, '-7'), 'f')).toBe(-7)
    expect(() => valueDecoder(Int32)(unservedValue(Int32, '2147483648'), 'f')).toThrow('int32')
  })
})

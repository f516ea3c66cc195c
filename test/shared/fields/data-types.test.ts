import { describe, expect, it } from 'vitest'
import type { RecordCode } from '../../../shared/error-codes.ts'
import { Refusal } from '../../../shared/fields/refusal.ts'
import {
  type AnyType,
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

const check = (type: AnyType, value: unknown) => type['~check'](value)

/** The code of a refusal, with the path to the refused value where there is one. */
function codeOf(type: AnyType, value: unknown): string {
  const refusal = check(type, value)
  if (!(refusal instanceof Refusal)) throw new Error(`accepted as ${JSON.stringify(refusal)}`)
  return [refusal.code, ...refusal.path].join(' ')
}

const int64Max = 9_223_372_036_854_775_807n
const hole: unknown[] = [1]
hole[2] = 3
const point = Struct([Field('lat', Float64), Field('acc', Float64, { nullable: true })])

describe('canonical values', () => {
  it.each<[string, AnyType, unknown, unknown]>([
    ['text', String, 'a"\u0000é😀', 'a"\u0000é😀'],
    ['empty text', String, '', ''],
    ['true', Bool, true, true],
    ['an int32', Int32, 2_147_483_647, 2_147_483_647],
    ['the least int32', Int32, -2_147_483_648, -2_147_483_648],
    ['an int32 as bigint', Int32, -2_147_483_648n, -2_147_483_648],
    ['a safe int64', Int64, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['a safe int64 as bigint', Int64, BigInt(Number.MIN_SAFE_INTEGER), Number.MIN_SAFE_INTEGER],
    ['a safe int64 as text', Int64, '-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['the first unsafe int64', Int64, 2n ** 53n, '9007199254740992'],
    ['the next unsafe int64', Int64, 2n ** 53n + 1n, '9007199254740993'],
    ['the greatest int64', Int64, int64Max, '9223372036854775807'],
    ['the least int64 as text', Int64, '-9223372036854775808', '-9223372036854775808'],
    ['text of an int64', Int64, '42', 42],
    ['a float64', Float64, Number.MAX_VALUE, Number.MAX_VALUE],
    ['the least float64', Float64, Number.MIN_VALUE, Number.MIN_VALUE],
    ['a long integer literal', Float64, 2n ** 63n, 2 ** 63],
    ['a float32', Float32, 0.1, 0.10000000149011612],
    ['the greatest float32', Float32, 3.4028234663852886e38, 3.4028234663852886e38],
    ['a date', Timestamp, new Date(1), '1970-01-01T00:00:00.001000Z'],
    ['a time with offset', Timestamp, '2001-01-10T18:20+01:00', '2001-01-10T17:20:00.000000Z'],
    ['an array', Array(Int64), [1n, '2', 3], [1, 2, 3]],
    ['an empty array', Array(String), [], []],
    ['nested arrays', Array(Array(Bool)), [[], [true]], [[], [true]]],
    ['a map', Map(String, Int64), { b: 1n, a: '2' }, { a: 2, b: 1 }],
    ['a map without prototype', Map(String, Bool), Object.create(null), {}],
    ['a struct', point, { acc: 1, lat: 2 }, { lat: 2, acc: 1 }],
    ['a struct with an absent field', point, { lat: 2 }, { lat: 2, acc: null }],
  ])('%s', (_, type, value, canonical) => {
    expect(check(type, value)).toEqual(canonical)
    expect(JSON.stringify(check(type, value))).toBe(JSON.stringify(canonical))
  })

  it.each<[AnyType, unknown]>([
    [Int32, -0],
    [Int64, -0],
    [Int64, '-0'],
    [Float32, -0],
    [Float32, -1e-60],
    [Float64, -0],
  ])('$0.kind has no negative zero', (type, value) => {
    expect(Object.is(check(type, value), 0)).toBe(true)
  })

  it('order the keys of a map by code unit', () => {
    const type = Map(String, Bool)
    const canonical = check(type, { ﬀ: true, '😀': true, é: true, b: true, a: true, B: true })
    expect(Object.keys(canonical ?? {})).toEqual(['B', 'a', 'b', 'é', '😀', 'ﬀ'])
  })

  it('keep keys that objects inherit', () => {
    const entries = { constructor: 1, toString: 2, hasOwnProperty: 3 }
    expect(JSON.stringify(check(Map(String, Int64), entries))).toBe(
      '{"constructor":1,"hasOwnProperty":3,"toString":2}',
    )
  })

  it('read the time that a date has, not what a subclass says', () => {
    class Liar extends Date {
      override toISOString() {
        return 'not a time at all'
      }
    }
    expect(check(Timestamp, new Liar(0))).toBe('1970-01-01T00:00:00.000000Z')
  })
})

describe('refusals', () => {
  it.each<[AnyType, unknown, RecordCode]>([
    [String, 1, 'wrong_type'],
    [String, new globalThis.String('a'), 'wrong_type'],
    [Bool, 'true', 'wrong_type'],
    [Bool, 1, 'wrong_type'],
    [Int32, 2_147_483_648, 'out_of_range'],
    [Int32, -2_147_483_649, 'out_of_range'],
    [Int32, 2n ** 32n, 'out_of_range'],
    [Int32, 1e300, 'out_of_range'],
    [Int32, 1.5, 'wrong_type'],
    [Int32, '1', 'wrong_type'],
    [Int32, Number.NaN, 'not_finite'],
    [Int64, 2 ** 53, 'out_of_range'],
    [Int64, 1e300, 'out_of_range'],
    [Int64, int64Max + 1n, 'out_of_range'],
    [Int64, -int64Max - 2n, 'out_of_range'],
    [Int64, '9223372036854775808', 'out_of_range'],
    [Int64, '1'.repeat(10_000), 'out_of_range'],
    [Int64, 1.5, 'wrong_type'],
    [Int64, Number.POSITIVE_INFINITY, 'not_finite'],
    [Int64, '', 'wrong_type'],
    [Int64, '01', 'wrong_type'],
    [Int64, '+1', 'wrong_type'],
    [Int64, ' 1', 'wrong_type'],
    [Int64, '1\n', 'wrong_type'],
    [Int64, '1e3', 'wrong_type'],
    [Int64, '0x1', 'wrong_type'],
    [Int64, '1.0', 'wrong_type'],
    [Int64, true, 'wrong_type'],
    [Float64, Number.NaN, 'not_finite'],
    [Float64, Number.NEGATIVE_INFINITY, 'not_finite'],
    [Float64, '1', 'wrong_type'],
    [Float64, 10n ** 400n, 'out_of_range'],
    [Float32, Number.NaN, 'not_finite'],
    [Float32, 3.5e38, 'out_of_range'],
    [Float32, true, 'wrong_type'],
    [Timestamp, 0, 'wrong_type'],
    [Timestamp, 0n, 'wrong_type'],
    [Timestamp, {}, 'wrong_type'],
    [Timestamp, { [Symbol.toStringTag]: 'Date' }, 'wrong_type'],
    [Timestamp, 'yesterday', 'bad_timestamp'],
    [Timestamp, new Date(Number.NaN), 'bad_timestamp'],
    [Timestamp, new Date(8.64e15), 'bad_timestamp'],
    [Array(Bool), {}, 'wrong_type'],
    [Array(Bool), 'ab', 'wrong_type'],
    [Map(String, Bool), [], 'wrong_type'],
    [Map(String, Bool), new globalThis.Map(), 'wrong_type'],
    [point, [], 'wrong_type'],
    [point, 'lat', 'wrong_type'],
    [point, new Date(), 'wrong_type'],
  ])('$0.kind refuses $1 as $2', (type, value, code) => {
    expect(codeOf(type, value)).toBe(code)
  })

  it.each<[AnyType, unknown, string]>([
    [Array(Int64), [1, null], 'null_field 1'],
    [Array(Int64), hole, 'null_field 1'],
    [Array(Array(Int32)), [[1], [2, 'x']], 'wrong_type 1 1'],
    [Map(String, Bool), { a: null }, 'null_field a'],
    [Map(String, Bool), { a: undefined }, 'null_field a'],
    [Map(String, Bool), JSON.parse('{"__proto__": true}'), 'bad_key __proto__'],
    [Map(String, Bool), { ['é'.repeat(128)]: true }, `bad_key ${'é'.repeat(128)}`],
    [point, { lat: 1, lon: 2 }, 'unknown_field lon'],
    [point, {}, 'missing_field lat'],
    [point, { lat: null }, 'null_field lat'],
    [Array(point), [{ lat: 1 }, { lat: 'x' }], 'wrong_type 1 lat'],
  ])('of $0.kind lead to the value: $2', (type, value, path) => {
    expect(codeOf(type, value)).toBe(path)
  })

  // Not in a table: the names of tests travel between runtimes as UTF-8.
  it('meet lone surrogates in texts and keys', () => {
    for (const text of ['a\ud800', '\udc00b', '\udc00\ud800']) {
      expect(codeOf(String, text)).toBe('bad_text')
      expect(codeOf(Map(String, Bool), { [text]: true })).toBe(`bad_key ${text}`)
    }
  })

  it('allow a key of 255 bytes', () => {
    const key = `${'é'.repeat(127)}a`
    expect(check(Map(String, Bool), { [key]: true })).toEqual({ [key]: true })
  })

  it('never walk or write out what they refuse', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    for (const value of [cycle, deep, 'x'.repeat(1_000_000), 10n ** 5000n, Symbol('x'), () => 1]) {
      const refusal = check(Bool, value)
      expect(refusal).toBeInstanceOf(Refusal)
      expect(refusal instanceof Refusal && refusal.received.length).toBeLessThan(60)
    }
  })
})

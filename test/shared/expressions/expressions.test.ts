import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { sortedJson } from '../../../shared/definitions/sorted-json.ts'
import { compileExpression } from '../../../shared/expressions/compile-expression.ts'
import type { Expression } from '../../../shared/expressions/expression.ts'
import { canonicalOf } from '../../../shared/expressions/leaf-operators.ts'
import {
  abs,
  add,
  and,
  cast,
  columns,
  concat,
  divide,
  epoch,
  eq,
  extract,
  fromEpoch,
  gt,
  isNull,
  length,
  lit,
  lower,
  lt,
  member,
  modulo,
  multiply,
  not,
  or,
  orElse,
  quotient,
  readExpression,
  replace,
  round,
  shift,
  substring,
  trim,
  truncate,
  typeOf,
  upper,
  when,
} from '../../../shared/expressions.ts'
import { ValidationError } from '../../../shared/index.ts'
import { recordSchema } from '../../../shared/record-schema.ts'
import {
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { treeFields, treeRecords } from './arbitrary-tree-records.ts'
import { arbitraryTrees } from './arbitrary-trees.ts'

const fields = [
  Field('name', String),
  Field('note', String, { nullable: true }),
  Field('n', Int64),
  Field('small', Int32),
  Field('x', Float64),
  Field('ok', Bool),
  Field('at', Timestamp),
  Field('tags', Array(String)),
  Field('geo', Struct([Field('lat', Float64), Field('alt', Float64, { nullable: true })])),
]
const c = columns(fields)
const record = {
  name: ' Ä😀b ',
  note: null,
  n: '9223372036854775807',
  small: -7,
  x: -2.5,
  ok: true,
  at: '2024-02-29T23:59:59.999999Z',
  tags: [],
  geo: { lat: 1.5, alt: null },
}

function valueOf(expression: Expression): unknown {
  const { compute, dtype } = compileExpression(expression, fields)
  return canonicalOf(compute(record), dtype)
}

describe('evaluation', () => {
  it.each<[Expression, unknown]>([
    [add(c.n, 0n), '9223372036854775807'],
    [add(c.n, 1n), null],
    [multiply(c.small, c.small), 49],
    [quotient(c.small, 2n), -3],
    [modulo(c.small, 2n), -1],
    [quotient(c.small, 0n), null],
    [divide(c.x, 0), null],
    [multiply(c.x, 1e308), null],
    [round(c.x), -3],
    [abs(c.x), 2.5],
    [add(c.small, 0.5), -6.5],
    [cast(c.x, Int32), -2],
    [cast(c.n, Int32), null],
    [cast(c.n, Float64), 2 ** 63],
    [cast(lit(0.1, Float64), Float32), Math.fround(0.1)],
    [cast('+007', Int64), 7],
    [cast('7 ', Int64), null],
    [cast('9223372036854775808', Int64), null],
    [cast('1e400', Float64), null],
    [cast('.5', Float64), 0.5],
    [cast('true', Bool), true],
    [cast(c.ok, Int32), 1],
    [cast(c.n, String), '9223372036854775807'],
    [cast('2024-01-31T12:00+02:00', Timestamp), '2024-01-31T10:00:00.000000Z'],
    [cast('2023-02-29T00:00:00', Timestamp), null],
    [cast(c.at, String), '2024-02-29T23:59:59.999999Z'],
    [trim(c.name), 'Ä😀b'],
    [length(c.name), 5],
    [substring(c.name, 1, 2), 'Ä😀'],
    [upper(c.name), ' Ä😀B '],
    [lower('ÄB'), 'Äb'],
    [concat(c.name, c.note), null],
    [concat('a', 'b', 'c'), 'abc'],
    [concat(lit('é'.repeat(32_768), String)), 'é'.repeat(32_768)],
    [concat(lit('é'.repeat(32_768), String), 'a'), null],
    [replace('aXbX', 'X', '$&'), 'a$&b$&'],
    [replace(lit('a'.repeat(60_000), String), 'a', 'b'.repeat(255)), null],
    [gt('😀', '\uffff'), true],
    [lt(c.n, c.small), false],
    [and(c.ok, isNull(c.note), not(false)), true],
    [and(false, eq(c.note, 'a')), false],
    [and(true, eq(c.note, 'a')), null],
    [or(true, eq(c.note, 'a')), true],
    [orElse(c.note, 'none'), 'none'],
    [when(eq(c.note, 'a'), 1n, 2n), 2],
    [member(c.geo, 'lat'), 1.5],
    [member(c.geo, 'alt'), null],
    [truncate(c.at, 'hour'), '2024-02-29T23:00:00.000000Z'],
    [truncate(c.at, 'week'), '2024-02-26T00:00:00.000000Z'],
    [truncate(c.at, 'year'), '2024-01-01T00:00:00.000000Z'],
    [extract(c.at, 'dayOfWeek'), 4],
    [extract(c.at, 'minute'), 59],
    [shift(c.at, '1d'), '2024-03-01T23:59:59.999999Z'],
    [shift(c.at, '-36500d'), '1924-03-25T23:59:59.999999Z'],
    [shift(new Date('9999-12-31T23:59:59Z'), '1s'), null],
    [epoch(c.at, 'seconds'), 1_709_251_199],
    [epoch(new Date(-1), 'seconds'), -1],
    [fromEpoch(1_709_251_199_999n, 'milliseconds'), '2024-02-29T23:59:59.999000Z'],
    [fromEpoch(c.n, 'seconds'), null],
    [c.tags, []],
  ])('gives %j what it should', (expression, expected) => {
    expect(valueOf(expression)).toEqual(expected)
    expect(valueOf(readExpression(JSON.parse(sortedJson(expression))))).toEqual(expected)
  })

  it('needs nothing that engines of phones lack', () => {
    vi.stubGlobal('TextEncoder', undefined)
    try {
      expect(valueOf(trim(c.name))).toBe('Ä😀b')
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('reads the longest texts as numbers as fast as it copies them', () => {
    const digits = '1'.repeat(65_000)
    const zeros = '0'.repeat(65_000)
    const cases: [string, unknown, unknown][] = [
      [zeros, 0, 0],
      [`-${zeros}7`, -7, -7],
      [digits, null, null],
      [`0.${digits}`, null, 0.1111111111111111],
      [`${zeros}x`, null, null],
      [`${digits}x`, null, null],
      [`${digits}.${digits}x`, null, null],
      [`.${digits}e${digits}x`, null, null],
    ]
    // Backtracking takes seconds for each of them, and runs into the limit of the test.
    for (const [text, integer, float] of cases) {
      expect(valueOf(cast(lit(text, String), Int64)) === integer).toBe(true)
      expect(valueOf(cast(lit(text, String), Float64)) === float).toBe(true)
    }
  }, 10_000)

  it('is total and gives canonical values of the type that it says', () => {
    const schema = recordSchema(treeFields)
    fc.assert(
      fc.property(treeRecords, arbitraryTrees, (value, tree) => {
        const checked = schema['~run']({ value }, {})
        if (!checked.typed) throw new Error(checked.issues[0].message)
        const { compute, dtype } = compileExpression(tree, treeFields)
        const canonical = canonicalOf(compute(checked.value), dtype)
        if (canonical !== null) expect(dtype['~check'](canonical)).toEqual(canonical)
      }),
    )
  })
})

describe('types', () => {
  it.each<[Expression, string, boolean]>([
    [add(c.small, c.small), 'int64', false],
    [add(c.small, c.x), 'float64', false],
    [concat(c.name, c.note), 'string', true],
    [orElse(c.note, 'a'), 'string', false],
    [isNull(c.note), 'bool', false],
    [member(c.geo, 'alt'), 'float64', true],
    [c.tags, 'array', false],
  ])('of %j are known', (expression, kind, nullable) => {
    expect(typeOf(expression, fields)).toMatchObject({ dtype: { kind }, nullable })
  })

  it.each<[object, string]>([
    [{ op: 'column', name: 'nobody' }, 'There is no column "nobody"; the columns are name,'],
    [{ op: 'add', args: [c.n, c.x] }, 'in add: int64 and floats do not mix without loss; cast'],
    [{ op: 'add', args: [c.n, c.name] }, 'in add: it takes numbers but received int64 and string'],
    [{ op: 'divide', args: [c.n, c.n] }, 'use quotient for whole numbers'],
    [{ op: 'eq', args: [c.name, c.n] }, 'string and int64 cannot be compared; cast'],
    [{ op: 'cast', to: 'string', args: [c.x] }, 'floats have many spellings'],
    [{ op: 'when', args: [c.ok, c.n, c.x] }, 'its values are int64 and float64; cast them'],
    [{ op: 'lower', args: [c.n] }, 'in lower: it takes string but received int64'],
    [
      { op: 'member', name: 'lon', args: [c.geo] },
      'the struct has no field "lon"; it has lat, alt',
    ],
    [{ op: 'literal', dtype: 'int32', value: 1.5 }, 'no canonical int32'],
  ])('refuse %j', (tree, sentence) => {
    const compile = () => typeOf(readExpression(JSON.parse(JSON.stringify(tree))), fields)
    expect(compile).toThrow(ValidationError)
    expect(compile).toThrow(sentence)
  })
})

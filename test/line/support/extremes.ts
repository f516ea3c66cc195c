import type { Canonical } from '../../../shared/fields/data-type.ts'
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

/** What is pushed, and what must be read back in canonical form. */
type Case = readonly [pushed: unknown, canonical: Canonical]

export interface ExtremeColumn {
  readonly name: string
  readonly type: AnyType
  readonly cases: readonly Case[]
}

const same = (...values: readonly Canonical[]): readonly Case[] =>
  values.map(value => [value, value])

const inner = Struct([
  Field('at', Timestamp, { nullable: true }),
  Field('counts', Array(Int64), { nullable: true }),
  Field('flag', Bool),
  Field('pair', Struct([Field('x', Float32, { nullable: true }), Field('y', Int32)]), {
    nullable: true,
  }),
])
const innerFull = {
  at: '0001-01-01T00:00:00.000000Z',
  counts: ['9223372036854775807', 0, '-9223372036854775808'],
  flag: true,
  pair: { x: 0.5, y: -2147483648 },
}
const innerEmpty = { at: null, counts: null, flag: false, pair: null }

/** Every type at its ends: each value once, written by hand beside what must come back. */
export const extremeColumns: readonly ExtremeColumn[] = [
  {
    name: 'text',
    type: String,
    cases: same(
      '',
      ' ',
      'null',
      '\0',
      'a\0b\0',
      '\u{10ffff}',
      '\ufeff',
      '\ufeffmark first, \ufeff and later',
      '👩‍👩‍👧‍👦 e\u0301 ﷽',
      'line\nfeed\r\nand\ttab',
      '"quotes" \'and\' \\back\\slashes\\',
      '\u2028\u2029\u0085\u007f\u0001\u001f',
      '{"not": "parsed"}',
      '\ud7ff\ue000\uffff',
      'é'.repeat(30_000),
    ),
  },
  { name: 'flag', type: Bool, cases: same(true, false) },
  {
    name: 'small',
    type: Int32,
    cases: [...same(0, 1, -1, 2147483647, -2147483648), [-0, 0], [2147483647n, 2147483647]],
  },
  {
    name: 'big',
    type: Int64,
    cases: [
      ...same(0, -1, 9007199254740991, -9007199254740991),
      [-0, 0],
      ['0', 0],
      [9007199254740992n, '9007199254740992'],
      ['9007199254740993', '9007199254740993'],
      [-9007199254740993n, '-9007199254740993'],
      [9223372036854775807n, '9223372036854775807'],
      ['9223372036854775806', '9223372036854775806'],
      [-9223372036854775808n, '-9223372036854775808'],
      ['-9223372036854775807', '-9223372036854775807'],
      [9007199254740991n, 9007199254740991],
    ],
  },
  {
    name: 'single',
    type: Float32,
    cases: [
      ...same(0, 1.5, -1.5, 3.4028234663852886e38, -3.4028234663852886e38),
      [-0, 0],
      [0.1, 0.10000000149011612],
      [16777217, 16777216],
      [1.401298464324817e-45, 1.401298464324817e-45],
      [1.1754942106924411e-38, 1.1754942106924411e-38],
      [1e-60, 0],
      [-1e-60, 0],
    ],
  },
  {
    name: 'double',
    type: Float64,
    cases: [
      ...same(0, 0.1, 1e21, 123456789012345680000, 1.7976931348623157e308),
      ...same(-1.7976931348623157e308, 5e-324, 2.2250738585072009e-308, -9007199254740994),
      [-0, 0],
      [9007199254740993n, 9007199254740992],
    ],
  },
  {
    name: 'time',
    type: Timestamp,
    cases: [
      ...same('0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z'),
      ...same('1969-12-31T23:59:59.999999Z', '1970-01-01T00:00:00.000000Z'),
      ...same('1600-02-29T12:00:00.000001Z', '2255-06-05T23:47:34.740993Z'),
      ['2026-01-02T03:04', '2026-01-02T03:04:00.000000Z'],
      ['2026-01-02T03:04:05.6', '2026-01-02T03:04:05.600000Z'],
      ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456Z'],
      ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999Z'],
      ['2026-01-01T00:30:00.000001+05:45', '2025-12-31T18:45:00.000001Z'],
      ['9999-12-31T23:59:59.999999-00:00', '9999-12-31T23:59:59.999999Z'],
      [new Date(-1), '1969-12-31T23:59:59.999000Z'],
    ],
  },
  {
    name: 'numbers',
    type: Array(Int64),
    cases: [
      ...same([], [0], [1, 2, 1, 1]),
      [[9223372036854775807n, 7, '-9223372036854775808'], innerFull.counts.with(1, 7)],
    ],
  },
  {
    name: 'texts',
    type: Array(Array(String)),
    cases: same([], [[]], [[''], [], ['\ufeffa', '\0']]),
  },
  { name: 'flags', type: Array(Bool), cases: same([], [true], [false, true, false, false]) },
  {
    name: 'times',
    type: Array(Timestamp),
    cases: same([], ['0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z']),
  },
  {
    name: 'sums',
    type: Map(String, Int64),
    cases: [
      ...same({}, { '': 0 }, { a: 1, B: 2, ü: 3, '\ufeff': 4, '\0': 5, 'a b"\n\\': 6 }),
      // Integer-like keys come first and in numeric order in every object of JavaScript.
      [
        { b: 1, 10: 2, 9: 3, '01': 4 },
        { 9: 3, 10: 2, '01': 4, b: 1 },
      ],
      [
        { constructor: 1n, toString: -9223372036854775808n },
        { constructor: 1, toString: '-9223372036854775808' },
      ],
    ],
  },
  {
    name: 'ratios',
    type: Map(String, Array(Float32)),
    cases: [
      ...same({}, { a: [] }),
      [
        { a: [0.1, -0], b: [] },
        { a: [0.10000000149011612, 0], b: [] },
      ],
    ],
  },
  {
    name: 'inner',
    type: inner,
    cases: [
      [{ flag: false }, innerEmpty],
      [
        { flag: true, pair: { y: 1 } },
        { ...innerEmpty, flag: true, pair: { x: null, y: 1 } },
      ],
      [{ ...innerFull, at: '0001-01-01T00:00' }, innerFull],
      [
        { flag: false, counts: [] },
        { ...innerEmpty, counts: [] },
      ],
    ],
  },
  {
    name: 'deep',
    type: Array(
      Struct([
        Field('by', Map(String, inner), { nullable: true }),
        Field('tag', String, { nullable: true }),
      ]),
    ),
    cases: [
      ...same(
        [],
        [{ by: null, tag: null }],
        [
          { by: {}, tag: '' },
          { by: null, tag: '\0' },
        ],
      ),
      [
        [{ by: { z: { flag: false }, a: innerFull } }, { tag: 't' }],
        [
          { by: { a: innerFull, z: innerEmpty }, tag: null },
          { by: null, tag: 't' },
        ],
      ],
    ],
  },
]

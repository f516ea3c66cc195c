import fc from 'fast-check'
import { timestampOfMicros } from '../../../shared/timestamp.ts'
import {
  type AnyField,
  type AnyType,
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

export type Kind = 'string' | 'bool' | 'int32' | 'int64' | 'float32' | 'float64' | 'timestamp'
export const kinds: readonly Kind[] = [
  'string',
  'bool',
  'int32',
  'int64',
  'float32',
  'float64',
  'timestamp',
]
export const types: { readonly [kind in Kind]: AnyType } = {
  string: String,
  bool: Bool,
  int32: Int32,
  int64: Int64,
  float32: Float32,
  float64: Float64,
  timestamp: Timestamp,
}

const finite = { noNaN: true, noDefaultInfinity: true }
const [firstUs, lastUs] = [-62_135_596_800_000_000n, 253_402_300_799_999_999n]
const times = fc
  .oneof(
    fc.bigInt({ min: firstUs, max: lastUs }),
    fc.bigInt({ min: -(10n ** 13n), max: 10n ** 15n }),
    fc.constantFrom(firstUs, firstUs + 1n, -1n, 0n, 951_782_400_000_000n, lastUs - 1n, lastUs),
  )
  .map(timestampOfMicros)
const digits = fc.stringMatching(/^[+-]?0{0,3}[0-9]{1,21}$/)
const decimals = fc.stringMatching(/^[+-]?[0-9]{0,18}\.?[0-9]{0,9}(?:[eE][+-]?[0-9]{1,4})?$/)
const written = fc.oneof(
  times,
  times.map(time => time.replace(/\.?0*Z$/, '')),
  fc
    .tuple(times, fc.stringMatching(/^[+-][0-2][0-9]:[0-5][0-9]$/))
    .map(([t, z]) => `${t.slice(0, -1)}${z}`),
  fc.stringMatching(
    /^(?:000[01]|2000|1900|9999)-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9](?::[0-6][0-9](?:\.[0-9]{1,10})?)?Z?$/,
  ),
)
/** Texts that are numbers and times or nearly so, blanks, letters with and without case, and anything. */
const texts = fc.oneof(
  { arbitrary: digits, weight: 2 },
  { arbitrary: decimals, weight: 2 },
  { arbitrary: written, weight: 2 },
  fc.constantFrom(
    '',
    'true',
    'false',
    'TRUE',
    ' 7 ',
    '-',
    '+',
    '.',
    '1e',
    '1_0',
    'nan',
    'inf',
    '0x10',
    '1\n',
  ),
  fc.stringMatching(/^[ \t\n\r\v\f]{0,2}[A-Za-zäÄßİıſK]{0,3}[ \t\n\u00a0\u2003]{0,2}$/),
  fc
    .array(
      fc.constantFrom(
        'a',
        'b',
        'A',
        'é',
        'e\u0301',
        '😀',
        '\uffff',
        '\ue000',
        '\0',
        "'",
        '"',
        '\\',
        '%',
        '\u2028',
        '\ufeff',
      ),
      { maxLength: 5 },
    )
    .map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
export const values: { readonly [kind in Kind]: fc.Arbitrary<unknown> } = {
  string: texts,
  bool: fc.boolean(),
  int32: fc.oneof(fc.integer(), fc.constantFrom(-2_147_483_648, -1, 0, 1, 2_147_483_647)),
  int64: fc
    .oneof(
      fc.bigInt({ min: least, max: most }),
      fc.bigInt({ min: -9n, max: 9n }),
      fc.bigInt({ min: -(3n * 10n ** 17n), max: 3n * 10n ** 17n }),
      fc.constantFrom(least, least + 1n, most, most - 1n, 2n ** 53n, -(2n ** 53n) - 1n),
    )
    .map(integer => globalThis.String(integer)),
  float32: fc.oneof(fc.float(finite), fc.constantFrom(0, 0.5, -2.5, 3.4028234663852886e38)),
  float64: fc.oneof(
    fc.double(finite),
    fc.double({ ...finite, min: -100, max: 100 }),
    fc.constantFrom(0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 2251799813685249.5),
    fc.constantFrom(2 ** 31, -(2 ** 31) - 1, 2 ** 63, -(2 ** 63), 2 ** 53, 1e308, -1e308, 5e-324),
    fc.constantFrom(3.4028234663852886e38, 3.4028235677973362e38, 3.4028235677973366e38),
  ),
  timestamp: times,
}

/** A column of each type, needed and nullable, and a struct of both. */
export const treeFields: readonly AnyField[] = [
  ...kinds.flatMap(kind => [
    Field(`${kind}_needed`, types[kind]),
    Field(`${kind}_other`, types[kind]),
    Field(`${kind}_maybe`, types[kind], { nullable: true }),
  ]),
  Field('inside', Struct(kinds.map(kind => Field(kind, types[kind], { nullable: true }))), {
    nullable: true,
  }),
]

/** Records as they are pushed. */
export const treeRecords: fc.Arbitrary<object> = fc.record(
  Object.fromEntries([
    ...kinds.flatMap(kind => [
      [`${kind}_needed`, values[kind]],
      [`${kind}_other`, values[kind]],
      [`${kind}_maybe`, fc.option(values[kind], { freq: 3 })],
    ]),
    [
      'inside',
      fc.option(
        fc.record(
          Object.fromEntries(kinds.map(kind => [kind, fc.option(values[kind], { freq: 3 })])),
          { noNullPrototype: true },
        ),
        { freq: 4 },
      ),
    ],
  ]),
  { noNullPrototype: true },
)

import fc from 'fast-check'
import type { Column, ScalarKind, Shape } from './shapes.ts'

/** One value in three forms: two in which it may be pushed, and the one in which it must be served. */
export interface Spelled {
  /** As the client is given it. */
  readonly client: unknown
  /** As JSON text of the wire. */
  readonly wire: string
  /** As get-features serves it: integers as text, times in UTC with six digits, structs as lists. */
  readonly served: unknown
}

/** What a scalar means: an integer as bigint, a time as text of 27 characters. */
export type Meaning = string | bigint | number | boolean

/** Any value of a shape. */
export function valuesOf(shape: Shape): fc.Arbitrary<Spelled> {
  switch (shape.kind) {
    case 'array':
      return fc.array(valuesOf(shape.of), { maxLength: 4 }).map(members => ({
        client: members.map(({ client }) => client),
        wire: `[${members.map(({ wire }) => wire)}]`,
        served: members.map(({ served }) => served),
      }))
    case 'map':
      return fc
        .uniqueArray(fc.tuple(mapKeys, valuesOf(shape.of)), {
          maxLength: 4,
          selector: ([key]) => key,
        })
        .map(entries => ({
          client: Object.fromEntries(entries.map(([key, { client }]) => [key, client])),
          wire: `{${entries.map(([key, { wire }]) => `${JSON.stringify(key)}: ${wire}`)}}`,
          served: Object.fromEntries(entries.map(([key, { served }]) => [key, served])),
        }))
    case 'struct':
      return fc
        .tuple(fc.boolean(), ...shape.columns.map(membersOf))
        .map(([isReversed, ...members]) => ({
          ...objectOf(members, isReversed),
          served: members.map(([, spelled]) => spelled?.served ?? null),
        }))
    default: {
      const { kind } = shape
      return meanings[kind].chain(meaning => spellingsOf(kind, meaning))
    }
  }
}

/** A column's name with a value, or with nothing where the member is left out. */
type Member = readonly [name: string, spelled: Spelled | undefined]

/** Any value of a column: where that is allowed also null, written out or left out. */
export function membersOf({ name, shape, nullable }: Column): fc.Arbitrary<Member> {
  const values: fc.Arbitrary<Spelled | undefined> = nullable
    ? fc.oneof({ arbitrary: valuesOf(shape), weight: 3 }, fc.constantFrom(nothing, undefined))
    : valuesOf(shape)
  return values.map(value => [name, value])
}

/** An object in both pushed forms, its members in the order given or the other way round. */
export function objectOf(members: readonly Member[], isReversed: boolean) {
  const present = members.flatMap(([name, spelled]) =>
    spelled === undefined ? [] : [[name, spelled] as const],
  )
  const ordered = isReversed ? present.toReversed() : present
  return {
    client: Object.fromEntries(ordered.map(([name, { client }]) => [name, client])),
    wire: `{ ${ordered.map(([name, { wire }]) => `${JSON.stringify(name)}:${wire}`).join(' ,\n')}\t}`,
  }
}

const nothing: Spelled = { client: null, wire: 'null', served: null }

const mapKeys = fc.oneof(
  fc.constantFrom('', 'a', 'B', '10', '9', '01', 'constructor', 'toString', '\0', '\ufeff', 'a.b"'),
  fc.string({ maxLength: 8 }).filter(key => key !== '__proto__'),
)

const milliseconds = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const bounds = { noNaN: true, noDefaultInfinity: true } as const

/** What values of a kind may mean: ordinary ones and the ends of the type. */
const meanings: { readonly [kind in ScalarKind]: fc.Arbitrary<Meaning> } = {
  string: fc.oneof(
    fc.constantFrom('', ' ', '\0', '\ufeff', 'null', '\u{10ffff}', '"\\\n', '\u2028', '\uffff'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  bool: fc.boolean(),
  int32: fc.oneof(
    fc.constantFrom(0n, -1n, 2147483647n, -2147483648n),
    fc.integer().map(BigInt),
    fc.bigInt({ min: -20n, max: 20n }),
  ),
  int64: fc.oneof(
    fc.constantFrom(0n, -1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n),
    fc.constantFrom(-(2n ** 53n), -(2n ** 53n) - 1n, -(2n ** 63n)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -20n, max: 20n }),
  ),
  float32: fc.oneof(
    fc.constantFrom(0, -0, 0.1, 16777217, 1.401298464324817e-45, 1e-60, -3.4028234663852886e38),
    fc.float(bounds),
    fc.double({ ...bounds, min: -3.4e38, max: 3.4e38 }),
  ),
  float64: fc.oneof(
    fc.constantFrom(0, -0, 0.1, 1e21, 5e-324, 1.7976931348623157e308, -9007199254740994, 1e15),
    fc.double(bounds),
    fc.integer(),
  ),
  timestamp: fc.oneof(
    fc.constantFrom('0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z'),
    fc.constantFrom('1969-12-31T23:59:59.999999Z', '2000-02-29T00:00:00.000001Z'),
    fc
      .tuple(milliseconds, fc.integer({ min: 0, max: 999 }))
      .map(([date, micros]) => `${date.toISOString().slice(0, 23)}${pad(micros, 3)}Z`),
  ),
}

/** The ways to write a value of a kind. */
export function spellingsOf(kind: ScalarKind, meaning: Meaning): fc.Arbitrary<Spelled> {
  switch (kind) {
    case 'string':
      return fc
        .constantFrom(JSON.stringify(meaning), escaped(String(meaning)))
        .map(wire => ({ client: meaning, wire, served: meaning }))
    case 'bool':
      return fc.constant({ client: meaning, wire: String(meaning), served: meaning })
    case 'int32':
      return integers(meaning, [Number(meaning)], [`${meaning}.0`])
    case 'int64': {
      const number = Number(meaning)
      const numbers = Number.isSafeInteger(number) ? [number] : []
      return integers(meaning, [...numbers, `${meaning}`], [`"${meaning}"`])
    }
    case 'float32':
      return floats(Number(meaning), new Float32Array([Number(meaning)])[0] ?? 0)
    case 'float64':
      return floats(Number(meaning), Number(meaning))
    case 'timestamp':
      return times(String(meaning))
  }
}

function integers(meaning: Meaning, clients: readonly unknown[], wires: readonly string[]) {
  const zeros = meaning === 0n ? [-0] : []
  return fc.record({
    client: fc.constantFrom<unknown>(meaning, ...clients, ...zeros),
    wire: fc.constantFrom(`${meaning}`, ...wires, ...zeros.map(() => '-0')),
    served: fc.constant(`${meaning}`),
  })
}

function floats(pushed: number, kept: number) {
  const short = Object.is(pushed, -0) ? '-0' : JSON.stringify(pushed)
  const whole = Number.isInteger(pushed) && !Object.is(pushed, -0) ? [`${BigInt(pushed)}`] : []
  return fc.record({
    client: fc.constant(pushed),
    wire: fc.constantFrom(short, pushed.toExponential(), ...whole),
    // Adding zero makes -0 to 0, which is what is kept of it.
    served: fc.constant(kept + 0),
  })
}

function times(text: string): fc.Arbitrary<Spelled> {
  const short = text.replace(/0*Z$/, '').replace(/\.$/, '').replace(/:00$/, '')
  const isWholeMillisecond = text.slice(23, 26) === '000'
  return fc
    .record({
      finer: fc.integer({ min: 0, max: 999 }).map(nanos => `${text.slice(0, 26)}${pad(nanos, 3)}`),
      shifted: fc.integer({ min: -840, max: 840 }).map(minutes => inZone(text, minutes)),
      which: fc.nat(6),
      date: fc.boolean(),
    })
    .map(({ finer, shifted, which, date }) => {
      const spellings = [text, text.slice(0, 26), short, `${short}Z`, `${finer}Z`, finer, shifted]
      const pushed = spellings[which] ?? text
      return {
        client: date && isWholeMillisecond ? new Date(text) : pushed,
        wire: JSON.stringify(pushed),
        served: text,
      }
    })
}

/** The same moment as a clock so many minutes east of UTC shows it, where it has a year of four digits. */
function inZone(text: string, minutes: number): string {
  const local = new Date(Date.parse(`${text.slice(0, 23)}Z`) + minutes * 60_000).toISOString()
  if (local.length !== 24 || local.startsWith('0000')) return text
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const zone = `${minutes < 0 ? '-' : '+'}${pad(hours, 2)}:${pad(rest, 2)}`
  return `${local.slice(0, 19)}${text.slice(19, 26)}${zone}`
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  return `"${units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
}

const pad = (number: number, digits: number) => `${number}`.padStart(digits, '0')

import fc from 'fast-check'
import type { ScalarKind, Shape } from './shapes.ts'

/** Something in the two forms in which it may be pushed. */
export interface Pushed {
  readonly client: unknown
  readonly wire: string
}

const plain = (...values: readonly unknown[]): Pushed[] =>
  values.map(client => ({ client, wire: JSON.stringify(client) }))
const infinite: Pushed = { client: Number.POSITIVE_INFINITY, wire: '1e400' }

const wrongScalars: { readonly [kind in ScalarKind]: readonly Pushed[] } = {
  string: plain(5, true, [], {}, '\ud800', 'a\udfff'),
  bool: plain(0, 'true', {}),
  int32: [...plain(2147483648, -2147483649, 1.5, '1', true), infinite],
  int64: [...plain(1.5, '9223372036854775808', '01', '1.0', '', ' 1', '1e3', false), infinite],
  float32: [...plain('1', 1e39, true, []), infinite],
  float64: [...plain('1', false, {}), infinite],
  timestamp: [
    ...plain(0, '', '2026-01-02', '2026-02-30T00:00Z', '2026-01-02T24:00Z', '2026-01-02T23:59:60Z'),
    ...plain('10000-01-01T00:00Z', '0000-12-31T23:59:59Z', '2026-01-02 03:04Z', true),
  ],
}

/** Values that a shape must refuse, at the top or deep inside. */
export function wrongValues(shape: Shape): fc.Arbitrary<Pushed> {
  switch (shape.kind) {
    case 'array':
      return fc.oneof(
        fc.constantFrom(...plain([null], {}, 'x')),
        wrongValues(shape.of).map(({ client, wire }) => ({ client: [client], wire: `[${wire}]` })),
      )
    case 'map':
      return fc.oneof(
        fc.constantFrom(...plain({ a: null }, [], 'x')),
        wrongValues(shape.of).map(({ client, wire }) => ({
          client: { a: client },
          wire: `{"a":${wire}}`,
        })),
      )
    case 'struct':
      return fc.constantFrom(...plain([], 5, { nobodyKnows: 1 }))
    default:
      return fc.constantFrom(...wrongScalars[shape.kind])
  }
}

/** What is no record at all. */
export const noRecords: fc.Arbitrary<Pushed> = fc.constantFrom(...plain(null, 5, 'x', [], true))

import fc from 'fast-check'
import type { Canonical } from '../../../shared/fields/data-type.ts'

/** Canonical Int64s: near zero, at the ends of the safe integers and of 64 bits. */
export const int64s: fc.Arbitrary<Canonical> = fc
  .oneof(
    fc.bigInt({ min: -9n, max: 9n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }),
    fc.bigInt({ min: -(2n ** 53n) - 9n, max: -(2n ** 53n) + 9n }),
    fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n)),
  )
  .map(canonicalInt64)

export const int32s = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer())

/** Floats of all sizes, ordinary ones and those that cancel; also -0, which must come out as 0. */
export const float64s: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -100, max: 100 }).map(cents => cents / 100),
  fc.constantFrom(0.1, -0.1, 1e16, -1e16, 1e308, -1e308, 5e-324, 1.5e-310, 2 ** 900, 2 ** 480, -0),
)

/** Texts of up to 16 characters, among them some that code units put elsewhere than code points. */
export const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 16 }),
  fc.constantFrom('a', 'b', 'ab', '', '\uffff', '\u{10000}', '\ud7ff', '\ue000', '\u{10ffff}'),
)

export function canonicalInt64(integer: bigint): number | string {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : String(integer)
}

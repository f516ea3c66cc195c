import type { DataType } from './data-type.ts'
import { refuseNumber } from './refuse-number.ts'

export interface Int32Type extends DataType<'int32', number, number> {}
export interface Int64Type extends DataType<'int64', bigint | number | string, bigint> {}

const decimal = /^-?(?:0|[1-9]\d*)$/

/** A whole number of 32 bits. */
export const int32: Int32Type = /* @__PURE__ */ Object.freeze<Int32Type>({
  kind: 'int32',
  '~check': value => {
    const number = typeof value === 'bigint' ? Number(value) : value
    // `| 0` keeps the lowest 32 bits, so only what fits stays equal; it also makes -0 to 0.
    if (typeof number === 'number' && (number | 0) === number) return number | 0
    return refuseNumber('int32', value, 'int32 of 32 bits')
  },
})

/**
 * A whole number of 64 bits, exact: bigint, safe integer or decimal string in, bigint out.
 * An unsafe number is refused, since its last digits are already lost.
 */
export const int64: Int64Type = /* @__PURE__ */ Object.freeze<Int64Type>({
  kind: 'int64',
  '~check': value => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0
    let integer = value
    if (typeof value === 'string' && decimal.test(value)) {
      // Only the time that reading takes needs a bound: the first 41 characters are too many digits as well.
      integer = BigInt(value.slice(0, 41))
    }
    if (typeof integer === 'bigint') {
      // The nearest number of any other integer is unsafe as well.
      const number = Number(integer)
      if (Number.isSafeInteger(number)) return number
      if (BigInt.asIntN(64, integer) === integer) return String(integer)
    }
    return refuseNumber('int64', integer, 'int64 of 64 bits, beyond 2^53 as bigint or text')
  },
})

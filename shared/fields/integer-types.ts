import type { Canonical, DataType } from './data-type.ts'
import { type Refusal, refuse } from './refusal.ts'

export interface Int32Type extends DataType<'int32', number, number> {}
export interface Int64Type extends DataType<'int64', bigint | number | string, bigint> {}

const decimal = /^-?(?:0|[1-9]\d*)$/
const int32Range = 'int32 from -2147483648 to 2147483647'
const int64Range = 'int64 from -9223372036854775808 to 9223372036854775807'

/** A whole number of 32 bits. */
export const int32: Int32Type = /* @__PURE__ */ Object.freeze<Int32Type>({
  kind: 'int32',
  '~check': value => {
    if (typeof value === 'bigint') {
      return BigInt.asIntN(32, value) === value
        ? Number(value)
        : refuse('out_of_range', int32Range, value)
    }
    const refusal = refuseNonInteger('int32', value)
    if (refusal !== undefined) return refusal
    // `| 0` keeps the lowest 32 bits, so only what fits stays equal; it also makes -0 to 0.
    const fitted = Number(value) | 0
    return fitted === value ? fitted : refuse('out_of_range', int32Range, value)
  },
})

/**
 * A whole number of 64 bits, exact: bigint, safe integer or decimal string in, bigint out.
 * An unsafe number is refused, since its last digits are already lost.
 */
export const int64: Int64Type = /* @__PURE__ */ Object.freeze<Int64Type>({
  kind: 'int64',
  '~check': value => {
    if (typeof value === 'bigint') return canonicalInt64(value)
    if (typeof value === 'string') {
      if (!decimal.test(value)) return refuse('wrong_type', 'int64', value)
      // Twenty characters hold every int64; more would only cost time.
      return value.length <= 20
        ? canonicalInt64(BigInt(value))
        : refuse('out_of_range', int64Range, value)
    }
    const refusal = refuseNonInteger('int64', value)
    if (refusal !== undefined) return refusal
    if (Number.isSafeInteger(value)) return Number(value) + 0
    return refuse('out_of_range', 'int64 as bigint or decimal string beyond 2^53', value)
  },
})

function canonicalInt64(value: bigint): Canonical | Refusal {
  // The nearest number of any other integer is unsafe as well.
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  return BigInt.asIntN(64, value) === value
    ? String(value)
    : refuse('out_of_range', int64Range, value)
}

function refuseNonInteger(kind: string, value: unknown): Refusal | undefined {
  if (Number.isInteger(value)) return undefined
  const finite = typeof value !== 'number' || Number.isFinite(value)
  return refuse(finite ? 'wrong_type' : 'not_finite', kind, value)
}

import type { DataType } from './data-type.ts'
import { refuseNumber } from './refuse-number.ts'

export interface Float32Type extends DataType<'float32', number, number> {}
export interface Float64Type extends DataType<'float64', number, number> {}

/** A number of single precision: the pushed number is rounded to the nearest one. */
export const float32: Float32Type = /* @__PURE__ */ Object.freeze<Float32Type>({
  kind: 'float32',
  '~check': value => {
    const single = Math.fround(doubleOf(value))
    return Number.isFinite(single) ? single + 0 : refuseNumber('float32', value)
  },
})

/** A number of double precision, JavaScript's own. */
export const float64: Float64Type = /* @__PURE__ */ Object.freeze<Float64Type>({
  kind: 'float64',
  '~check': value => {
    const double = doubleOf(value)
    // Adding zero turns -0 into 0: dictionaries of Parquet files cannot tell them apart.
    return Number.isFinite(double) ? double + 0 : refuseNumber('float64', value)
  },
})

/** The number that a value is, or NaN. Bigints are some: an exact JSON reader gives one for a long literal. */
function doubleOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
}

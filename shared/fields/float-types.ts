import type { DataType } from './data-type.ts'
import { Refusal, refuse } from './refusal.ts'

export interface Float32Type extends DataType<'float32', number, number> {}
export interface Float64Type extends DataType<'float64', number, number> {}

/** A number of single precision: the pushed number is rounded to the nearest one. */
export const float32: Float32Type = /* @__PURE__ */ Object.freeze<Float32Type>({
  kind: 'float32',
  '~check': value => {
    const number = finiteNumber('float32', value)
    if (number instanceof Refusal) return number
    const single = Math.fround(number)
    if (!Number.isFinite(single)) return refuse('out_of_range', 'float32', value)
    return single + 0
  },
})

/** A number of double precision, JavaScript's own. */
export const float64: Float64Type = /* @__PURE__ */ Object.freeze<Float64Type>({
  kind: 'float64',
  '~check': value => finiteNumber('float64', value),
})

/** Bigints are taken too, because an exact JSON reader gives one for a long integer literal. */
function finiteNumber(kind: string, value: unknown): number | Refusal {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isFinite(number) ? number : refuse('out_of_range', kind, value)
  }
  if (typeof value !== 'number') return refuse('wrong_type', kind, value)
  // Adding zero turns -0 into 0: dictionaries of Parquet files cannot tell them apart.
  return Number.isFinite(value) ? value + 0 : refuse('not_finite', `finite ${kind}`, value)
}

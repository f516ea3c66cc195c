import type { NaiveValue } from '../../../support/naive-aggregates.ts'

/** Whether a value is the one that the rule gives, within what the rule allows. */
export function agrees(got: unknown, { value, tolerance }: NaiveValue): boolean {
  if (Array.isArray(value)) {
    if (!Array.isArray(got) || got.length !== value.length) return false
    return value.every((member, at) => {
      const own = typeof tolerance === 'number' ? tolerance : (tolerance[at] ?? 0)
      return agrees(got[at], { value: member, tolerance: own })
    })
  }
  if (tolerance === 0 || typeof value !== 'number' || typeof got !== 'number') return got === value
  return typeof tolerance === 'number' && Math.abs(got - value) <= tolerance
}

/** Exact integers as canonical values have them. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

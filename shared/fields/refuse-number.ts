import { type Refusal, refuse } from './refusal.ts'

/** Refuses what is no number of this kind; `range` is what an integer must be besides. */
export function refuseNumber(kind: string, value: unknown, range = kind): Refusal {
  // A finite number that no float can hold is an integer: fractions end long before.
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    return refuse(range, value, 'out_of_range')
  }
  const isFraction = typeof value !== 'number' || Number.isFinite(value)
  return refuse(kind, value, isFraction ? 'wrong_type' : 'not_finite')
}

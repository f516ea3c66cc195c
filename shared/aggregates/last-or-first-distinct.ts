import type { Canonical } from '../fields/data-type.ts'
import type { Aggregate } from './aggregate.ts'
import { compareOrdered, type OrderedValue, orderedValue } from './ordered-value.ts'
import { bothInOrder, exchange, listAggregate, listOf, type ValueList } from './value-list.ts'

/**
 * The `n` distinct values whose last occurrence is newest (`sign` 1), or whose first one is oldest (`sign` -1),
 * ascending by it. What was dropped may be forgotten: it comes back only by an occurrence that wins by itself.
 */
export function lastOrFirstDistinct(sign: -1 | 1, n: number, kind: string): Aggregate<ValueList> {
  return {
    ...listAggregate(n, kind, { distinct: true }),
    fold: (state, value, order) => {
      const added = orderedValue(order, value)
      if (state === undefined) return listOf([added])
      const [, entries] = state
      const known = placeOf(entries, added[4])
      if (known < 0 && entries.length < n) return exchange(state, -1, added)
      const at = known >= 0 ? known : sign === 1 ? 0 : n - 1
      const loser = entries[at]
      return loser === undefined || compareOrdered(added, loser) * sign <= 0
        ? state
        : exchange(state, at, added)
    },
    merge: (a, b) => listOf(distinctOf(bothInOrder(a, b), sign, n)),
  }
}

/** Where a value is, or -1. */
function placeOf(entries: readonly OrderedValue[], value: Canonical): number {
  for (let at = entries.length - 1; at >= 0; at--) if (entries[at]?.[4] === value) return at
  return -1
}

/** The last or first `n` values that differ, of entries in ascending order. */
function distinctOf(entries: OrderedValue[], sign: -1 | 1, n: number): OrderedValue[] {
  const seen = new Set<Canonical>()
  const kept: OrderedValue[] = []
  for (const entry of sign === 1 ? entries.reverse() : entries) {
    if (kept.length === n) break
    if (!seen.has(entry[4])) kept.push(entry)
    seen.add(entry[4])
  }
  return sign === 1 ? kept.reverse() : kept
}

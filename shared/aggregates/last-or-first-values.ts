import type { Aggregate } from './aggregate.ts'
import { compareOrdered, orderedValue } from './ordered-value.ts'
import { bothInOrder, exchange, listAggregate, listOf, type ValueList } from './value-list.ts'

/** The values of the `n` newest (`sign` 1) or oldest (`sign` -1) records, ascending by order. */
export function lastOrFirstValues(sign: -1 | 1, n: number, kind: string): Aggregate<ValueList> {
  return {
    ...listAggregate(n, kind, { distinct: false }),
    fold: (state, value, order) => {
      const added = orderedValue(order, value)
      if (state === undefined) return listOf([added])
      const [, entries] = state
      if (entries.length < n) return exchange(state, -1, added)
      const end = sign === 1 ? 0 : n - 1
      const loser = entries[end]
      return loser === undefined || compareOrdered(added, loser) * sign <= 0
        ? state
        : exchange(state, end, added)
    },
    merge: (a, b) => {
      const entries = bothInOrder(a, b)
      return listOf(sign === 1 ? entries.slice(-n) : entries.slice(0, n))
    },
  }
}

import type { Aggregate } from './aggregate.ts'
import {
  compareOrdered,
  isOrderedValue,
  maxOrderedValueBytes,
  type OrderedValue,
  orderedValue,
  orderedValueBytes,
} from './ordered-value.ts'
import { damaged } from './read-value.ts'

/** The value of the newest (`sign` 1) or oldest (`sign` -1) record. */
export function lastOrFirst(sign: -1 | 1, kind: string): Aggregate<OrderedValue> {
  const further = (a: OrderedValue, b: OrderedValue) => (compareOrdered(a, b) * sign < 0 ? b : a)
  return {
    fold: (state, value, order) => {
      const next = orderedValue(order, value)
      return state === undefined ? next : further(state, next)
    },
    merge: further,
    finish: state => (state === undefined ? null : state[4]),
    read: value => {
      if (isOrderedValue(kind, value)) return value
      throw damaged('a last or first value', value)
    },
    sizeOf: orderedValueBytes,
    maxBytes: maxOrderedValueBytes(kind),
  }
}

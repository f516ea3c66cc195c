import type { Aggregate } from './aggregate.ts'
import { damaged, isCount } from './read-value.ts'

const maxCountBytes = 16

/** How many values there are. */
export const count: Aggregate<number> = {
  fold: (state = 0) => state + 1,
  merge: (a, b) => a + b,
  finish: (state = 0) => state,
  read: value => {
    if (isCount(value, 1)) return value
    throw damaged('a count', value)
  },
  sizeOf: () => maxCountBytes,
  maxBytes: maxCountBytes,
}

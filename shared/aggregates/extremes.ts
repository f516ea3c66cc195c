import { compareText } from '../compare-text.ts'
import type { Canonical } from '../fields/data-type.ts'
import type { Aggregate } from './aggregate.ts'
import { damaged, isValueOf, numberOf } from './read-value.ts'
import { maxValueBytes, valueBytes } from './state-size.ts'

/** The least (`sign` -1) or greatest (`sign` 1) number or text, texts by code points. */
export function extreme(sign: -1 | 1, kind: string): Aggregate {
  const compare = kind === 'string' ? compareTexts : compareNumbers
  const further = (a: Canonical, b: Canonical) => (compare(a, b) * sign < 0 ? b : a)
  return {
    fold: (state, value) => {
      // Adding zero turns -0 into 0, which JSON cannot tell apart.
      const next = typeof value === 'number' ? value + 0 : value
      return state === undefined ? next : further(state, next)
    },
    merge: further,
    finish: state => state ?? null,
    read: value => {
      if (isValueOf(kind, value)) return value
      throw damaged('an extreme', value)
    },
    sizeOf: valueBytes,
    maxBytes: maxValueBytes(kind),
  }
}

function compareTexts(a: Canonical, b: Canonical): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  throw damaged('a text', a)
}

/** Compares numbers or Int64s, exactly. */
function compareNumbers(a: Canonical, b: Canonical): number {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== right) return left < right ? -1 : 1
  // Only the texts of two Int64s may differ and have the same nearest number.
  if (typeof a !== 'string' || typeof b !== 'string' || a === b) return 0
  return BigInt(a) < BigInt(b) ? -1 : 1
}

import { array } from '../fields/array-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import { float64 } from '../fields/float-types.ts'
import { int64 } from '../fields/integer-types.ts'
import type { AggregateFunction } from './aggregate-function.ts'
import { isIntegerKind, takesKind } from './input-kinds.ts'

/** The type of what a function gives of a column; undefined where it cannot be computed of such a one. */
export function resultTypeOf(fn: AggregateFunction, columnType: AnyType): AnyType | undefined {
  if (!takesKind(fn, columnType.kind)) return undefined
  switch (fn.name) {
    case 'count':
    case 'approx_count_distinct':
      return int64
    case 'sum':
      return isIntegerKind(columnType.kind) ? int64 : float64
    case 'min':
    case 'max':
    case 'last':
    case 'first':
      return columnType
    case 'last_n':
    case 'first_n':
    case 'last_distinct':
    case 'first_distinct':
      return array(columnType)
    case 'mean':
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
    case 'approx_percentile':
      return float64
  }
}

import type { Aggregate } from './aggregate.ts'
import type { AggregateFunction } from './aggregate-function.ts'
import { count } from './count.ts'
import { countDistinct } from './count-distinct.ts'
import { extreme } from './extremes.ts'
import { floatSum } from './float-sum.ts'
import { isIntegerKind, takesKind } from './input-kinds.ts'
import { integerSum } from './integer-sum.ts'
import { lastOrFirst } from './last-or-first.ts'
import { lastOrFirstDistinct } from './last-or-first-distinct.ts'
import { lastOrFirstValues } from './last-or-first-values.ts'
import { mean } from './mean.ts'
import { percentileOf } from './percentile.ts'
import { variance } from './variance.ts'

/**
 * How a function is computed of a column of that kind. Throws a TypeError where it cannot be: `resultTypeOf` tells
 * before.
 */
export function aggregateOf(fn: AggregateFunction, columnKind: string): Aggregate {
  if (!takesKind(fn, columnKind)) {
    throw new TypeError(`${fn.name} cannot be computed of a column of kind ${columnKind}.`)
  }
  switch (fn.name) {
    case 'count':
      return count
    case 'sum':
      return isIntegerKind(columnKind) ? integerSum : floatSum
    case 'mean':
      return mean
    case 'min':
      return extreme(-1, columnKind)
    case 'max':
      return extreme(1, columnKind)
    case 'var_pop':
      return variance({ ofSample: false, root: false })
    case 'var_samp':
      return variance({ ofSample: true, root: false })
    case 'stddev_pop':
      return variance({ ofSample: false, root: true })
    case 'stddev_samp':
      return variance({ ofSample: true, root: true })
    case 'last':
      return lastOrFirst(1, columnKind)
    case 'first':
      return lastOrFirst(-1, columnKind)
    case 'last_n':
      return lastOrFirstValues(1, fn.n, columnKind)
    case 'first_n':
      return lastOrFirstValues(-1, fn.n, columnKind)
    case 'last_distinct':
      return lastOrFirstDistinct(1, fn.n, columnKind)
    case 'first_distinct':
      return lastOrFirstDistinct(-1, fn.n, columnKind)
    case 'approx_count_distinct':
      return countDistinct(fn.precision)
    case 'approx_percentile':
      return percentileOf(fn.percentile, fn.precision)
  }
}

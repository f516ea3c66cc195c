import { describe, expect, it } from 'vitest'
import {
  type AggregateFunction,
  plainFunctions,
} from '../../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import { resultTypeOf } from '../../../shared/aggregates/result-type.ts'
import { encodeType } from '../../../shared/fields/encode-fields.ts'
import {
  type AnyType,
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'

const columns = {
  String,
  Bool,
  Int32,
  Int64,
  Float32,
  Float64,
  Timestamp,
  Array: Array(String),
  Map: Map(String, Int64),
  Struct: Struct([Field('a', Bool)]),
}
type Column = keyof typeof columns

const same = (type: AnyType) => type
const listed = (type: AnyType) => Array(type)
const every = Object.keys(columns) as readonly Column[]
const numbers: readonly Column[] = ['Int32', 'Int64', 'Float32', 'Float64']
const lists: readonly Column[] = [...numbers, 'String', 'Bool', 'Array']
const identities: readonly Column[] = ['String', 'Int64', 'Int32']

const table: {
  readonly [name in AggregateFunction['name']]: readonly [
    readonly Column[],
    (type: AnyType) => AnyType,
  ]
} = {
  count: [every, () => Int64],
  sum: [numbers, type => (type === Int32 || type === Int64 ? Int64 : Float64)],
  mean: [numbers, () => Float64],
  min: [[...numbers, 'String'], same],
  max: [[...numbers, 'String'], same],
  stddev_pop: [numbers, () => Float64],
  stddev_samp: [numbers, () => Float64],
  var_pop: [numbers, () => Float64],
  var_samp: [numbers, () => Float64],
  last: [every, same],
  first: [every, same],
  last_n: [lists, listed],
  first_n: [lists, listed],
  last_distinct: [identities, listed],
  first_distinct: [identities, listed],
  approx_count_distinct: [identities, () => Int64],
  approx_percentile: [numbers, () => Float64],
}

const functions: readonly AggregateFunction[] = [
  ...plainFunctions.map(name => ({ name })),
  { name: 'last_n', n: 2 },
  { name: 'first_n', n: 2 },
  { name: 'last_distinct', n: 2 },
  { name: 'first_distinct', n: 2 },
  { name: 'approx_count_distinct', precision: 8 },
  { name: 'approx_percentile', percentile: 0.5, precision: 100 },
]

describe.each(functions)('$name', fn => {
  const [fitting, typeOf] = table[fn.name]

  it.each(every)('of %s', column => {
    const type = columns[column]
    const result = resultTypeOf(fn, type)
    if (fitting.includes(column)) {
      expect(result && encodeType(result)).toEqual(encodeType(typeOf(type)))
      expect(aggregateOf(fn, type.kind).maxBytes).toBeGreaterThan(0)
    } else {
      expect(result).toBeUndefined()
      expect(() => aggregateOf(fn, type.kind)).toThrow(`${fn.name} cannot be computed`)
    }
  })
})

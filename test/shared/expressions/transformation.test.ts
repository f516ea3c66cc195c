import { expect, it } from 'vitest'
import { add, columns, gt, transform } from '../../../shared/expressions.ts'
import { Field, Int64 } from '../../../shared/types.ts'

const fields = [
  Field('constructor', Int64),
  Field('toString', Int64, { nullable: true }),
  Field('n', Int64),
]

it('columns are those of the source and of the transformation, whatever every object inherits', () => {
  const c = columns(fields)
  const made = transform({ filter: gt(c.n, 1n), columns: { valueOf: add(c.n, 1n) } })
  const { translate, inputs } = made['~compile'](fields, 'view').select([
    'constructor',
    'toString',
    'valueOf',
  ])
  expect([...inputs].sort()).toEqual(['constructor', 'n', 'toString'])
  expect(translate({ constructor: 5, toString: null, n: 2 })).toEqual({
    record: { constructor: 5, toString: null, valueOf: 3 },
  })
  expect(translate({ constructor: 5, toString: 6, n: 1 })).toEqual({})
})

import { expect, it } from 'vitest'
import { servedValue } from '../../../gateway/routes/served-value.ts'
import { Field, Int64, String, Struct } from '../../../shared/types.ts'

const nullable = { nullable: true } as const

it('a struct that was folded before a field was added lacks it, whatever it is called', () => {
  const place = Struct([
    Field('constructor', String, nullable),
    Field('lat', Int64),
    Field('valueOf', Int64, nullable),
  ])
  expect(servedValue(place, JSON.parse('{"lat":1}'))).toEqual([null, '1', null])
})

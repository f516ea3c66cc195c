import { expect, it } from 'vitest'
import { clientLimits } from '../../client/client-limits.ts'
import { limits } from '../../shared/limits.ts'

it('keeps within the wire', () => {
  expect(clientLimits()).toMatchObject({ maxBatchRecords: 500, maxBatchBytes: 524_288 })
  expect(clientLimits({ maxBatchRecords: 1e6, maxBatchBytes: 1e9, lingerMs: 0 })).toMatchObject({
    maxBatchRecords: limits.maxRecordsPerRequest,
    maxBatchBytes: limits.maxRequestBytes,
    lingerMs: 0,
  })
  expect(clientLimits({ maxBatchRecords: 0 }).maxBatchRecords).toBe(1)
})

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31])('refuses %d', value => {
  expect(() => clientLimits({ lingerMs: value })).toThrow(`lingerMs cannot be ${value}`)
})

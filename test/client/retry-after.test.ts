import { expect, it } from 'vitest'
import { retryAfterMs } from '../../client/retry-after.ts'

const nowMs = Date.UTC(1994, 10, 6, 8, 49, 0)

it.each([
  ['0', 0],
  ['1', 1000],
  ['120', 120_000],
  ['999999999', 3_600_000],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sun, 06 Nov 1994 08:48:59 GMT', 0],
  ['Thu, 06 Nov 2994 08:49:37 GMT', 3_600_000],
  ['1994-11-06T08:49:37Z', 0],
  ['1.5', 1_500],
  ['soon', 0],
  ['Sooner or later', 0],
  ['', 0],
  [null, 0],
])('reads %j as %d ms', (header, ms) => {
  expect(retryAfterMs(header, nowMs)).toBe(ms)
})

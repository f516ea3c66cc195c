import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBackoff } from '../../client/backoff.ts'

/** The wait after so many failures in a row. */
function waitAfter(failures: number, drawn: number) {
  const backoff = createBackoff(30_000, () => drawn)
  for (let failure = 1; failure < failures; failure += 1) backoff.failed()
  return backoff.failed()
}

it('doubles from 200 ms up to the cap', () => {
  const waits = [1, 2, 3, 4, 8, 9, 5000].map(failures => waitAfter(failures, 0))
  expect(waits).toEqual([200, 400, 800, 1600, 25_600, 30_000, 30_000])
})

it('draws from the full wait, never nothing', () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), draw, (failures, drawn) => {
      const waitMs = waitAfter(failures, drawn)
      expect(waitMs).toBeGreaterThan(0)
      expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, 200 * 2 ** (failures - 1)))
    }),
  )
})

it('is longest while far more fail than succeed', () => {
  const backoff = createBackoff(30_000, () => 0)
  for (let round = 0; round < 30; round += 1) {
    backoff.failed()
    backoff.succeeded()
  }
  expect(backoff.failed()).toBe(30_000)
  for (let round = 0; round < 10; round += 1) backoff.succeeded()
  expect(backoff.failed()).toBe(200)
})

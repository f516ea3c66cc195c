import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from '../../client/backoff.ts'

it('doubles from 200 ms up to the cap', () => {
  const nearlyOne = () => 1
  const waits = [0, 1, 2, 3, 7, 8, 5000].map(failures => backoffMs(failures, 30_000, 0, nearlyOne))
  expect(waits).toEqual([200, 400, 800, 1600, 25_600, 30_000, 30_000])
})

it('draws between the floor and the floor plus the full wait', () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.nat(2000), fc.nat(10_000), draw, (failures, floorMs, drawn) => {
      const waitMs = backoffMs(failures, 30_000, floorMs, () => drawn)
      expect(waitMs).toBeGreaterThanOrEqual(floorMs)
      expect(waitMs).toBeLessThanOrEqual(floorMs + Math.min(30_000, 200 * 2 ** failures))
    }),
  )
})

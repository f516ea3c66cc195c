import { describe, expect, it } from 'vitest'
import { createFates, mulberry32 } from '../../../bench/client/fates.ts'

const letters = { ok: 'O', unavailable: 'U', reset: 'R', throttled: 'T' } as const

/** What the peers' figures were taken with: the first 24 fates, and O/U/R/T among the first 2,000. */
const published = [
  [42, 'OTOOUOUOOTUOORUOOOUTOUOU', [1009, 607, 182, 202]],
  [7, 'UUOOOTTUOOUUOOURUOUOUOUU', [1019, 596, 183, 202]],
  [1234, 'UOOOUUUORUOROOUTTUOOOOOU', [1013, 601, 198, 188]],
  [2, 'ORUOOOTROUOUTOOUOROUOUUU', [1020, 607, 187, 186]],
  [8, 'UOROOTOUOUOUOUUOOUUUOTOO', [1024, 576, 200, 200]],
] as const

describe('the fates of requests', () => {
  it.each(published)('of seed %i are those of the published figures', (seed, first, counts) => {
    const next = createFates(seed)
    const drawn = Array.from({ length: 2_000 }, () => letters[next()])
    expect(drawn.slice(0, 24).join('')).toBe(first)
    const count = (letter: string) => drawn.filter(one => one === letter).length
    expect(['O', 'U', 'R', 'T'].map(count)).toEqual(counts)
  })

  it('come from the generator whose first numbers are published', () => {
    const draw = mulberry32(42)
    expect([draw(), draw(), draw()].map(one => one.toFixed(6))).toEqual([
      '0.601104',
      '0.448291',
      '0.852466',
    ])
  })
})

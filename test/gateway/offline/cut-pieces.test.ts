import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogPiece } from '../../../gateway/contracts/message.ts'
import { cutPieces } from '../../../gateway/offline/cut-pieces.ts'
import { loggedIn } from '../support/history.ts'

/** Pieces side by side from an offset on. */
const pieces: fc.Arbitrary<readonly LogPiece[]> = fc
  .tuple(
    fc.nat(50),
    fc.array(fc.array(fc.stringMatching(/^[a-z]{0,12}$/), { minLength: 1, maxLength: 9 })),
  )
  .map(([start, texts]) => {
    let next = start
    return texts.map((lines, at) => {
      const piece = { ingestUs: at, version: at, start: next, text: lines.join('\n') }
      next += lines.length
      return piece
    })
  })

describe('lots of pieces', () => {
  it('hold each record of the range once, and no more than may be in one', () => {
    const sizes = fc.record({ text: fc.nat(40), records: fc.integer({ min: 1, max: 12 }) })
    fc.assert(
      fc.property(pieces, fc.nat(60), fc.nat(60), sizes, (pieces, skipped, count, sizes) => {
        const after = (pieces[0]?.start ?? 0) - 1 + skipped
        const upTo = after + count
        const wanted = loggedIn(pieces).filter(({ offset }) => offset > after && offset <= upTo)
        const lots = [...cutPieces(pieces, after, upTo, sizes)]
        expect(lots.flatMap(lot => loggedIn(lot.pieces))).toEqual(wanted)
        for (const { pieces, upTo } of lots) {
          const records = loggedIn(pieces)
          expect(upTo).toBe(records.at(-1)?.offset)
          expect(records.length).toBeLessThanOrEqual(sizes.records)
          const text = records.reduce((sum, { text }) => sum + text.length + 1, 0)
          if (records.length > 1) expect(text).toBeLessThanOrEqual(sizes.text)
        }
      }),
    )
  })

  it('are never made of pieces that leave an offset out', () => {
    const piece = (start: number) => ({ ingestUs: 1, version: 1, start, text: 'a\nb' })
    const cut = (starts: readonly number[], after: number) => [
      ...cutPieces(starts.map(piece), after, 9, { text: 100, records: 10 }),
    ]
    expect(cut([0, 2], -1)).toHaveLength(1)
    expect(() => cut([0, 3], -1)).toThrow('Offset 3 follows 1')
    expect(() => cut([3], 1)).toThrow('Offset 3 follows 1')
    expect(() => cut([0, 1], -1)).toThrow('Offset 1 follows 1')
  })
})

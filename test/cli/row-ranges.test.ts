import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addRows, hasRow, type RowRange } from '../../cli/row-ranges.ts'

const ranges = fc.array(fc.tuple(fc.nat(40), fc.nat(10)))

test('ranges hold exactly what was added, sorted and joined', () => {
  fc.assert(
    fc.property(ranges, added => {
      let folded: readonly RowRange[] = []
      const rows = new Set<number>()
      for (const [start, length] of added) {
        folded = addRows(folded, [start, start + length])
        for (let row = start; row < start + length; row += 1) rows.add(row)
      }
      for (let row = 0; row < 60; row += 1) expect(hasRow(folded, row)).toBe(rows.has(row))
      for (const [index, [start, end]] of folded.entries()) {
        expect(start).toBeLessThan(end)
        expect(start).toBeGreaterThan(folded[index - 1]?.[1] ?? -1)
      }
    }),
  )
})

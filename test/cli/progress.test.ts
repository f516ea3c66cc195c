import { expect, test } from 'vitest'
import { renderProgress, showProgress } from '../../cli/progress.ts'

const view = { label: 'flights', doneRows: 12_400, totalRows: 20_000, startRows: 400 }

test('a line tells share, rows and the rate of this run', () => {
  const line = renderProgress({ ...view, elapsedMs: 2_000 })
  expect(line).toContain(' 62 %  12,400 of 20,000 rows  6,000 rows/s')
  expect(line.match(/█/g)).toHaveLength(17)
})

test('nothing to do is done', () => {
  const line = renderProgress({ ...view, doneRows: 0, totalRows: 0, startRows: 0, elapsedMs: 0 })
  expect(line).toContain('100 %  0 of 0 rows  0 rows/s')
})

test('a file gets lines without terminal codes, a terminal one bar', () => {
  const written = (isTTY: boolean): string => {
    let text = ''
    const write = (piece: string) => {
      text += piece
    }
    showProgress({ isTTY, write }, 'flights', 2, () => 2)()
    return text
  }
  expect(written(false)).toMatch(/^flights █+ 100 %.*\n$/)
  expect(written(true)).toMatch(/^\rflights .*\r.*\n$/s)
})

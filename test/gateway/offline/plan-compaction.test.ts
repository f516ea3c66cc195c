import { describe, expect, it } from 'vitest'
import type { Part } from '../../../gateway/contracts/catalogue-contract.ts'
import { partKey } from '../../../gateway/offline/part-key.ts'
import { hourClosesMs, planCompaction } from '../../../gateway/offline/plan-compaction.ts'
import { defaultUpkeepSizes, readUpkeepSizes } from '../../../gateway/upkeep-sizes.ts'

const sizes = {
  ...defaultUpkeepSizes,
  smallRows: 10,
  smallBytes: 100,
  rows: 20,
  bytes: 150,
  parts: 4,
}
const startMs = Date.UTC(2026, 0, 2, 3)
const closesMs = startMs + 3_600_000 + sizes.closedAfterMs

/** Parts side by side from offset 0 on: rows, bytes, and the hour after the first. */
function partsOf(
  ...shapes: readonly (readonly [rows: number, bytes?: number, hour?: number])[]
): Part[] {
  let start = 0
  return shapes.map(([rows, bytes = 1, hour = 0]) => {
    const part = {
      name: `at ${start}`,
      key: partKey('w', 's', (startMs + hour * 3_600_000) * 1_000, 'part'),
      partition: 0,
      start,
      end: start + rows,
      rows,
      bytes,
      sha256: '',
      version: 1,
      committedUs: 0,
    }
    start += rows
    return part
  })
}

const planned = (parts: readonly Part[], nowMs = closesMs) => {
  const plan = planCompaction(parts, nowMs, sizes)
  return plan.parts?.map(({ start, end }) => [start, end]) ?? plan.dueMs
}

describe('a plan of a compaction', () => {
  it.each<[string, Part[], unknown]>([
    ['nothing of nothing', [], undefined],
    ['nothing of a lone part', partsOf([3]), undefined],
    [
      'two side by side',
      partsOf([3], [4]),
      [
        [0, 3],
        [3, 7],
      ],
    ],
    [
      'no more rows than fit',
      partsOf([8], [8], [8], [8]),
      [
        [0, 8],
        [8, 16],
      ],
    ],
    [
      'no more bytes than fit',
      partsOf([1, 80], [1, 70], [1, 1]),
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'no more parts than fit',
      partsOf([1], [1], [1], [1], [1]),
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
      ],
    ],
    ['none that is large by its rows', partsOf([3], [10], [4]), undefined],
    ['none that is large by its bytes', partsOf([3], [1, 100], [4]), undefined],
    [
      'the first run behind a large one',
      partsOf([3], [10], [4], [5]),
      [
        [13, 17],
        [17, 22],
      ],
    ],
    ['none of two hours', partsOf([3], [3, 1, 1]), undefined],
  ])('has %s', (_, parts, wanted) => {
    expect(planned(parts)).toEqual(wanted)
  })

  it('has no parts between which something is missing', () => {
    const [first, , third] = partsOf([3], [3], [3])
    expect(planned([first, third].flatMap(part => part ?? []))).toBeUndefined()
  })

  it('waits until the hour is closed, and says when that is', () => {
    expect(planned(partsOf([3], [3]), closesMs - 1)).toBe(closesMs)
    expect(planned(partsOf([3, 1, 1], [3, 1, 1], [3, 1, 2], [3, 1, 2]))).toBe(closesMs + 3_600_000)
  })

  it('leaves keys alone that name no hour', () => {
    expect(hourClosesMs('log/v1/part', sizes)).toBeUndefined()
    expect(planned(partsOf([3], [3]).map(part => ({ ...part, key: 'part' })))).toBeUndefined()
  })
})

describe('the sizes of upkeep', () => {
  it.each([
    [undefined, 86_400_000],
    ['', 86_400_000],
    ['60000', 60_000],
    ['59999', 86_400_000],
    ['2592000000', 2_592_000_000],
    ['2592000001', 86_400_000],
    ['a day', 86_400_000],
  ])('reads a grace period of %j as %d', (text, graceMs) => {
    const read = readUpkeepSizes(text === undefined ? {} : { TIDEGATE_PART_GRACE_MS: text })
    expect(read).toEqual({ ...defaultUpkeepSizes, graceMs })
  })
})

/** Rows `[start, end)` of an input, counted from 0. */
export type RowRange = readonly [start: number, end: number]

/** Adds rows to sorted, disjoint ranges and gives them sorted, disjoint and joined where they touch. */
export function addRows(ranges: readonly RowRange[], [start, end]: RowRange): readonly RowRange[] {
  if (start >= end) return ranges
  const before = ranges.filter(range => range[1] < start)
  const after = ranges.filter(range => range[0] > end)
  const touching = ranges.slice(before.length, ranges.length - after.length)
  const joined: RowRange = [
    Math.min(start, touching[0]?.[0] ?? start),
    Math.max(end, touching.at(-1)?.[1] ?? end),
  ]
  return [...before, joined, ...after]
}

/** Whether the ranges hold a row. */
export function hasRow(ranges: readonly RowRange[], row: number): boolean {
  return ranges.some(([start, end]) => start <= row && row < end)
}

/** Adds `[start, end)` to ranges that keep the order of addition; what continues the last one joins it. */
export function extendRanges(
  ranges: [start: number, end: number][],
  start: number,
  end: number = start + 1,
): void {
  const last = ranges.at(-1)
  if (last !== undefined && last[1] === start) last[1] = end
  else ranges.push([start, end])
}

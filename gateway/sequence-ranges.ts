/** Adds a sequence to ranges `[start, end)` that keep the order of addition; a run is one range. */
export function extendRanges(ranges: [start: number, end: number][], sequence: number): void {
  const last = ranges.at(-1)
  if (last !== undefined && last[1] === sequence) last[1] = sequence + 1
  else ranges.push([sequence, sequence + 1])
}

/** A generator of numbers in [0, 1) that is the same for the same seed (mulberry32). */
export type SeededRandom = () => number

/** Each `stream` of a seed is drawn apart from the others: to leave something out of one changes no other. */
export function seededRandom(seed: number, stream = 0): SeededRandom {
  let state = (seed + Math.imul(stream, 0x9e3779b1)) >>> 0 || 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

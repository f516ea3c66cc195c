/** What the server does with a request: take it, refuse it for now, cut it off, or ask for patience. */
export type Fate = 'ok' | 'unavailable' | 'reset' | 'throttled'

/** Gives numbers in [0, 1) that a seed of 32 bits determines: mulberry32. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Gives the fates that a seed determines, one for each request that carries events. */
export function createFates(seed: number): () => Fate {
  const draw = mulberry32(seed)
  return () => {
    const drawn = draw()
    if (drawn < 0.3) return 'unavailable'
    if (drawn < 0.4) return 'reset'
    return drawn < 0.5 ? 'throttled' : 'ok'
  }
}

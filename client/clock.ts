export interface Clock {
  /** Milliseconds since 1970. May jump: only ages of weeks and HTTP dates are read off it. */
  now(): number
  /** Calls `run` once, `delayMs` from now, unless the function it gives is called before. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

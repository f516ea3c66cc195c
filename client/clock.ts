export interface Clock {
  /** Milliseconds since 1970. May jump by years: it is asked once, and put right by what the gateway says. */
  now(): number
  /** Milliseconds since some moment, 0 or more; never jumps, as a date may. */
  elapsed(): number
  /** Calls `run` once, `delayMs` from now, unless the function it gives is called before. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A client's idea of the time: its clock as it began, or what the gateway said last, and what passed since; whole milliseconds. */
export function createTime(clock: Clock) {
  // Not before it is needed: while a module loads, a Worker's clock stands at 1970.
  let baseMs: number | undefined
  let isTold = false
  const now = () => {
    baseMs ??= clock.now() - clock.elapsed()
    return Math.round(baseMs + clock.elapsed())
  }
  return {
    now,
    /** Whether a gateway has had its say: until then the time is whatever the device believes. */
    isTold: () => isTold,
    /** Takes the `Date` header of a reply; leaves what it cannot read. */
    correct(date: string | null) {
      isTold = true
      const ms = Date.parse(date ?? '')
      // A second is all that the header can tell.
      if (Math.abs(ms - now()) > 2_000) baseMs = ms - clock.elapsed()
    },
  }
}
export type Time = ReturnType<typeof createTime>

import { type Clock, systemClock } from '../../../../client/clock.ts'

/** The system's clock for tests: pauses before another try are none, what waits for an answer waits. */
export const impatientClock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs < 30_000 ? 0 : delayMs)
    return () => clearTimeout(timer)
  },
}

import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'

/** The system's clock, whose timers keep no process alive. */
export const quietClock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref()
    return () => clearTimeout(timer)
  },
}

import { type Clock, systemClock } from '../../../client/clock.ts'

/** The system's clock, but a wait takes ten times as long: a page that is busy may open no database in three seconds. */
export const patientClock: Clock = {
  ...systemClock,
  after: (delayMs, run) => systemClock.after(10 * delayMs, run),
}

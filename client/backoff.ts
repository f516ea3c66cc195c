/**
 * Gives the wait before another try: full jitter over 200 ms doubled per failure in a row, up to `capMs`, on
 * top of `floorMs`, so that senders told the same time do not come back at the same time.
 */
export function backoffMs(failures: number, capMs: number, floorMs: number, random: () => number) {
  return floorMs + random() * Math.min(capMs, 200 * 2 ** failures)
}

/** So many failures, less a quarter for each success, and tries become as rare as they may be. */
const maxDebt = 16

/** Tells how long to wait after failures: longer in a row, and longest when far more failed than succeeded. */
export function createBackoff(capMs: number, random: () => number) {
  /** Since the last success, and what successes have left of them all. */
  let failures = 0
  let debt = 0
  return {
    /** Gives the wait after a failure, in milliseconds. */
    failed(floorMs: number) {
      debt = Math.min(debt + 1, maxDebt)
      return backoffMs(debt < maxDebt ? failures++ : maxDebt, capMs, floorMs, random)
    },
    succeeded() {
      failures = 0
      debt = Math.max(debt - 0.25, 0)
    },
  }
}

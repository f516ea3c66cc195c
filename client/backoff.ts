/** So many failures, less a quarter for each success, and tries become as rare as they may be. */
const maxDebt = 16

/**
 * Tells how long to wait after failures: full jitter, never 0, over 200 ms doubled for each failure in a row,
 * over `capMs` when far more failed than succeeded.
 */
export function createBackoff(capMs: number, random: () => number) {
  /** Since the last success, and what successes have left of them all. */
  let failures = 0
  let debt = 0
  return {
    /** Gives the wait after a failure, in milliseconds. */
    failed() {
      debt = Math.min(debt + 1, maxDebt)
      return (1 - random()) * Math.min(capMs, 200 * 2 ** (debt < maxDebt ? failures++ : maxDebt))
    },
    succeeded() {
      failures = 0
      debt = Math.max(debt - 0.25, 0)
    },
  }
}

const maxRetryAfterMs = 3_600_000

/**
 * Reads a `Retry-After` header, seconds or any of the three HTTP dates, as milliseconds from `nowMs`. Gives 0
 * for the past and for nonsense, and at most an hour: this clock may be years behind the gateway's.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  const seconds = Number(header)
  // The oldest form of a date names no zone, yet means GMT.
  const ms =
    seconds >= 0 ? 1_000 * seconds : Date.parse(`${header}`.replace(/( GMT)?$/, ' GMT')) - nowMs
  return ms > 0 ? Math.min(ms, maxRetryAfterMs) : 0
}

const maxRetryAfterMs = 3_600_000

/**
 * Reads a `Retry-After` header, seconds or any of the three HTTP dates, as milliseconds from `nowMs`. Gives 0
 * for the past and for nonsense, and at most an hour: this clock may be years behind the gateway's.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (!header) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : httpDateMs(header) - nowMs
  return ms > 0 ? Math.min(ms, maxRetryAfterMs) : 0
}

/** An HTTP date begins with its weekday; the oldest form names no zone, yet means GMT. */
function httpDateMs(text: string): number {
  return /^[SMTWF][a-z]/.test(text) ? Date.parse(text.replace(/( GMT)?$/, ' GMT')) : Number.NaN
}

import * as limits from '../shared/wire-limits.ts'

export interface ClientLimits {
  /** A batch leaves when it is this full, or when its first record has lingered. */
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
  /** A record lingers so long for others, twice as long after each batch that follows another, up to the latter. */
  readonly lingerMs: number
  readonly maxLingerMs: number
  /** Requests at the same time: 1 is enough for a device, a busy server may want 4. */
  readonly maxInFlight: number
  /** `ready` waits while so many records are pending. */
  readonly maxPending: number
  /** A record is dropped when it would make the texts of those that wait for a request longer than this. */
  readonly maxPendingBytes: number
  /** A request without a reply for this long is sent again. */
  readonly requestTimeoutMs: number
  /** The longest jittered wait before another try; a `Retry-After` may ask for more. */
  readonly maxBackoffMs: number
  /** How long `close` goes on sending. */
  readonly closeTimeoutMs: number
}

/** Gives the limits in force: the caller's where given, never above the wire's. Throws for a limit that is none. */
export function clientLimits(given: Partial<ClientLimits> = {}): ClientLimits {
  const wanted = {
    maxBatchRecords: 500,
    maxBatchBytes: 524_288,
    lingerMs: 100,
    maxLingerMs: 1_000,
    maxInFlight: 1,
    maxPending: 10_000,
    maxPendingBytes: 33_554_432,
    requestTimeoutMs: 30_000,
    maxBackoffMs: 30_000,
    closeTimeoutMs: 10_000,
    ...given,
  }
  // Timers fire at once for what is longer than 31 bits.
  for (const [name, value] of Object.entries(wanted))
    if (!(value >= 0 && value < 2 ** 31)) throw new RangeError(`${name} cannot be ${value}`)
  return {
    ...wanted,
    maxLingerMs: Math.max(wanted.maxLingerMs, wanted.lingerMs),
    maxInFlight: wanted.maxInFlight || 1,
    maxPending: wanted.maxPending || 1,
    maxBatchRecords: Math.min(wanted.maxBatchRecords, limits.maxRecordsPerRequest) || 1,
    maxBatchBytes: Math.min(wanted.maxBatchBytes, limits.maxRequestBytes),
  }
}

import * as wireLimits from './wire-limits.ts'

/**
 * Every limit of Tidegate, refused before work. Bytes are UTF-8 bytes; `maxX` is the largest value still accepted.
 */
export const limits = {
  ...wireLimits,
  /** The event time may be this far ahead of the gateway's clock; old events are welcome. */
  maxFutureEventMs: 86_400_000,
  requestReadTimeoutMs: 5_000,
  /** How long a request may wait for its records to be durable and readable. */
  ingestDeadlineMs: 10_000,
  maxPartitions: 64,
  maxShards: 64,
  /** Received ranges kept for one producer besides the one that touches its base. */
  maxReceivedRanges: 64,
  maxKeptRejections: 1_000,
  maxIdempotencyKeyBytes: 255,
  /** One stored row of a partition; platform limit 2 MB a row. */
  maxRowBytes: 1_500_000,
  /** One delivery or catch-up message between a partition and a shard. */
  maxDeliveryBytes: 1_048_576,
  /** A partition refuses appends while its tail holds this much. */
  maxTailBytes: 268_435_456,
  /** Aggregates of one entity in one view, all tiles together, at the most that their states take. */
  maxEntityStateBytes: 67_108_864,
  /** Different windows of one view, those of series counted, and what they take together in a reading. */
  maxViewWindows: 1_000,
  maxReadingBytes: 16_777_216,
  rollRecords: 10_000,
  rollBytes: 8_388_608,
  rollAgeMs: 600_000,
  maxDefinitionsBytes: 1_048_576,
  /** Rows of one get-features-batch. */
  maxFeatureRows: 100,
  /** How long get-features waits for shards where a request says nothing, and at most. */
  latencyBudgetMs: 2_000,
  maxLatencyBudgetMs: 10_000,
} as const

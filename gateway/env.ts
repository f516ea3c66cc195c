import type { Catalogue, FeatureShard, LogPartition, Registry } from './worker.ts'

/** Bindings, variables and secrets of the gateway; wrangler.toml declares all but the secret. */
export interface Env {
  readonly REGISTRY: DurableObjectNamespace<Registry>
  readonly CATALOGUE: DurableObjectNamespace<Catalogue>
  readonly LOG_PARTITION: DurableObjectNamespace<LogPartition>
  readonly FEATURE_SHARD: DurableObjectNamespace<FeatureShard>
  readonly DEFINITIONS: KVNamespace
  /** Copies of features, for views that are declared with an `edgeCache`. */
  readonly FEATURES: KVNamespace
  readonly LOG: R2Bucket
  /** Secret: one `kind:workspace:sha256` for each key. Without it every route answers 401. */
  readonly TIDEGATE_KEYS?: string
  /** Origins whose pages may push, separated by commas; none when empty. */
  readonly TIDEGATE_ORIGINS?: string
  /** When a tail is rolled into a part, if not at 10,000 records, 8 MiB or 10 minutes. */
  readonly TIDEGATE_ROLL_RECORDS?: string
  readonly TIDEGATE_ROLL_BYTES?: string
  readonly TIDEGATE_ROLL_AGE_MS?: string
  /** How long the object of a part that left the list is kept for readers, if not for a day. */
  readonly TIDEGATE_PART_GRACE_MS?: string
}

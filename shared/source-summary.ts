/** A feature view that reads a source, and how far it has come. */
export interface ViewProgress {
  readonly name: string
  /** `unknown` where its shards do not answer. */
  readonly status: 'serving' | 'backfilling' | 'degraded' | 'unknown'
  /** Records accepted that its shards have not folded yet. */
  readonly behind: number
  /** Of a backfill: records of history that are folded, and that will be. */
  readonly backfill?: { readonly folded: number; readonly wanted: number } | undefined
}

/** What a source is and holds: the reply of `GET {source}/summary`. Times are ISO 8601. */
export interface SourceSummaryFacts {
  readonly id: string
  readonly name: string
  readonly workspace: string
  readonly kind: 'stream_source'
  readonly description: string | null
  readonly owner: string | null
  readonly tags: { readonly [tag: string]: string }
  readonly options: { readonly [option: string]: string }
  readonly createdAt: string
  readonly lastModifiedAt: string
  readonly version: number
  readonly logOffline: boolean
  readonly partitions: number
  readonly featureViews: readonly string[]
  /** The same views with how far they have come. */
  readonly views: readonly ViewProgress[]
  /** When all of this was true, by the gateway's clock. */
  readonly asOf: string
  /** Records accepted and kept: in parts and in the tail. */
  readonly rows: number
  /** Records accepted that are older than the retention, and gone. */
  readonly expired: number
  /** Records refused by a receipt that is kept; a request that is refused as a whole keeps none. */
  readonly rejected: number
  /** Records that are in no part yet; data frames hold them all the same. */
  readonly tailRows: number
  readonly parts: number
  readonly bytes: number
  readonly firstEventTime: string | null
  readonly lastEventTime: string | null
  readonly lastAcceptedTime: string | null
  /** How old, at `asOf`, the newest event is and what was accepted last; below 0 for an event of the future. */
  readonly lastEventAgeSeconds: number | null
  readonly lastAcceptedAgeSeconds: number | null
  /** Why rolls of a partition, or compactions, stopped, for the operator; empty when all is well. */
  readonly stopped: readonly string[]
}

/** `backfilling`: history is still folded; `degraded`: something is missing, and a rebuild is due. */
export type ViewStatus = 'served' | 'backfilling' | 'degraded'

/** A view of a feature shard whose state is, or was, not the fold of what was delivered alone. */
export interface StoredView {
  readonly view: string
  readonly status: ViewStatus
  /** Counts its rebuilds: what older generations have folded is forgotten. */
  readonly generation: number
  /** For each partition: the last offset that deliveries leave to history. */
  readonly wanted: { readonly [partition: string]: number }
  /** Why it is degraded. */
  readonly reason?: string
  /** When a rebuild is due. */
  readonly againMs?: number
}

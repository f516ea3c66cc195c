import type { CatalogueContract } from './contracts/catalogue-contract.ts'
import type { FeatureShardContract } from './contracts/feature-shard-contract.ts'
import type { LogPartitionContract } from './contracts/log-partition-contract.ts'
import type { RegistryContract } from './contracts/registry-contract.ts'
import type { PageSizes } from './page-sizes.ts'
import type { RollSizes } from './roll-sizes.ts'
import type { UpkeepSizes } from './upkeep-sizes.ts'

/**
 * The seams through which a Durable Object reaches the world. The classes behind them are the same on
 * the platform and in a simulation; only what stands behind these interfaces differs.
 */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly storage: Storage
  readonly parts: PartStore
  readonly definitions: EdgeCopy
  readonly peers: Peers
  readonly report: Report
  readonly rollSizes: RollSizes
  readonly upkeepSizes: UpkeepSizes
  readonly pageSizes: PageSizes
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Waits, and no longer than until `until` is aborted. */
  sleep(ms: number, until?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(count: number): Uint8Array
  /** In [0, 1). */
  number(): number
}

export type SqlValue = string | number | null
export type SqlRow = { readonly [column: string]: unknown }

/** An object's own SQLite and alarm. Writes between two awaits are one atomic stretch. */
export interface Storage {
  /** Runs one statement and reads all its rows. */
  sql(statement: string, ...parameters: readonly SqlValue[]): readonly SqlRow[]
  /** Runs synchronous work as one transaction; a throw rolls it back. */
  transaction<T>(work: () => T): T
  /** Resolves when every write before it is confirmed. */
  sync(): Promise<void>
  setAlarm(atMs: number): void
  deleteAlarm(): void
  /** Rows written by this incarnation, as the platform bills them. */
  rowsWritten(): number
}

export interface StoredPart {
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly metadata: { readonly [name: string]: string }
}

/** The object store of the offline log. */
export interface PartStore {
  /** Stores an object under a name that was never used; gives nothing when the name exists already. */
  putNew(
    key: string,
    bytes: Uint8Array,
    metadata: { readonly [name: string]: string },
  ): Promise<StoredPart | undefined>
  head(key: string): Promise<StoredPart | undefined>
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Deletes objects; a key that names none is no failure. */
  delete(keys: readonly string[]): Promise<void>
}

/** The edge copy of the definitions: eventually consistent, one put a second for a key at most. */
export interface EdgeCopy {
  put(workspaceId: string, text: string): Promise<void>
  get(workspaceId: string): Promise<string | undefined>
}

/** Copies of features near their readers: eventually consistent, one put a second for a key at most. */
export interface FeatureCopies {
  /** By key; those that are not there are left out. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Keeps a text for so many seconds, 60 at least. */
  put(key: string, text: string, lifeSeconds: number): Promise<void>
}

/** The other objects, by the ids that name them. */
export interface Peers {
  registry(workspaceId: string): RegistryContract
  catalogue(workspaceId: string, sourceId: string): CatalogueContract
  partition(workspaceId: string, sourceId: string, partition: number): LogPartitionContract
  shard(workspaceId: string, entitySetId: string, shard: number): FeatureShardContract
}

/** Tells the operator of something that must not happen; never holds keys, producers or records. */
export type Report = (event: string, facts: { readonly [name: string]: unknown }) => void

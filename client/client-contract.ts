import type { RecordRefusal } from '../shared/check-record.ts'
import type { CanonicalRecord } from '../shared/fields/data-type.ts'
import type { AnyField, RecordOf } from '../shared/fields/field.ts'
import type { ClientLimits } from './client-limits.ts'
import type { Clock } from './clock.ts'
import type { Listeners } from './ledger.ts'
import type { Outbox } from './outbox.ts'
import type { Fetch } from './post-batch.ts'
import type { Receipt } from './receipt.ts'
import type { Connectivity, Lifecycle } from './surroundings.ts'

/** What can be pushed to: any stream source definition. */
export interface Source {
  readonly name: string
  readonly schema: readonly AnyField[]
  readonly streamConfig?: {
    /** What is pushed, where rows by the schema are made of it. */
    readonly inputSchema?: readonly AnyField[]
    readonly postProcessor?: {
      readonly '~translator': (
        input: readonly AnyField[],
        output: readonly AnyField[],
      ) => {
        admit(record: CanonicalRecord): { readonly refusal?: RecordRefusal }
      }
    }
  }
}

/** What may be pushed to a source. */
export type Pushed<S extends Source> = RecordOf<
  S['streamConfig'] extends { readonly inputSchema: infer Input extends readonly AnyField[] }
    ? Input
    : S['schema']
>

export interface ClientOptions extends Listeners {
  /** Where the gateway is; records go to `<url>/ingest`. */
  readonly url: string
  readonly key: string
  /** Name of the workspace that the sources are applied in. */
  readonly workspace: string
  readonly limits?: Partial<ClientLimits>
  /** Keeps the records until they are settled, also when this client is no more; only in memory unless given. */
  readonly outbox?: Outbox
  /** Whether bodies are compressed by gzip; those of pages are unless this says otherwise. */
  readonly compress?: boolean
  /** Closes the client at once when it is aborted. */
  readonly signal?: AbortSignal
  readonly fetch?: Fetch
  readonly clock?: Clock
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
  /** Must be unpredictable: a producer's id is a secret. */
  readonly randomBytes?: (count: number) => Uint8Array
  readonly lifecycle?: Lifecycle
  readonly connectivity?: Connectivity
}

export interface ClientStats {
  /** Records pushed but not settled, those in flight among them. */
  readonly pending: number
  readonly inFlight: number
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: number
  readonly dropped: number
  /** Records of a page that was left, which another one of this origin, or this one when it is back, sends. */
  readonly adopted: number
  /** Requests that had to be followed by another for the same records. */
  readonly retries: number
}

export interface Client {
  /**
   * Checks a record and queues it. Never throws for data; `accepted` never rejects and resolves when the
   * record is settled.
   */
  push<S extends Source>(
    source: S,
    record: Pushed<NoInfer<S>>,
  ): { readonly accepted: Promise<Receipt> }
  /** Resolves when fewer than `maxPending` records are pending: for a server that reads faster than it sends. */
  ready(): Promise<void>
  /** Sends without lingering; resolves when every record pushed before is settled. O(pending). */
  flush(): Promise<ClientStats>
  /** Takes another key, at once, also for what waits because the old one was refused. */
  setKey(key: string): void
  /** Refuses further records, flushes until `closeTimeoutMs` is over and drops what is left. */
  close(): Promise<ClientStats>
  stats(): ClientStats
}

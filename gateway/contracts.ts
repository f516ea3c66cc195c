import type { RecordCode } from '../shared/error-codes.ts'
import type { ResolvedDefinitions, ResolvedSource } from './registry/resolved-definitions.ts'
import type { StoredView } from './view-state.ts'

/**
 * The calls that join the Durable Objects. Every message carries `format`; a version speaks its own and
 * the one before it, and refuses a newer one. Ranges are `[start, end)`; a **mark** is the last offset
 * that is included, -1 before the first.
 */
export const messageFormat = 1

export interface Message {
  readonly format: number
}

export type Range = readonly [start: number, end: number]

/** Consecutive records of one stored row, admitted by one definition version. */
export interface LogPiece {
  readonly ingestUs: number
  readonly version: number
  /** Offset of the first record. */
  readonly start: number
  /** Distance of each record's offset from `start`; absent when no record was left out. */
  readonly steps?: readonly number[]
  /** Canonical texts, joined by line feeds. */
  readonly text: string
}

/** Records `[start, end)` that are stored and cannot be read: they are never served as something else. */
export interface Damage {
  readonly start: number
  readonly end: number
  readonly reason: string
}

/** `named`: the sender's own; `keyed`: an Idempotency-Key; `unnamed`: made by the Worker for one request. */
export type ProducerKind = 'named' | 'keyed' | 'unnamed'

export interface Rejection {
  readonly sequence: number
  readonly code: RecordCode
  readonly field?: string
}

export interface AppendMessage extends Message {
  /** The version of the source's definition that admitted the records. */
  readonly version: number
  readonly producer: string
  readonly kind: ProducerKind
  /** SHA-256 of a keyed request's body. */
  readonly bodyDigest?: string
  /** The sender's lowest unsettled sequence, at most the lowest one here. */
  readonly floor: number
  /** Canonical texts of the admitted records, joined by line feeds; empty when there is none. */
  readonly text: string
  /** Sequences of those records, in their order. */
  readonly sequences: readonly Range[]
  /** For each entity set of the source's views: the slot of each record. */
  readonly slots: { readonly [entitySetId: string]: Uint8Array }
  /** Smallest and largest event time of the records, canonical; absent without event times. */
  readonly eventTimes?: readonly [first: string, last: string]
  readonly rejected: readonly Rejection[]
  /** How long the caller waits for the records to be readable. */
  readonly waitMs: number
}

export type Verdict =
  | { readonly status: 'accepted'; readonly offset: number }
  | { readonly status: 'duplicate'; readonly code?: 'settled' }
  | { readonly status: 'rejected'; readonly code: RecordCode; readonly field?: string }
  | { readonly status: 'retry'; readonly code: RecordCode }

/** The same verdict on `count` records in a row; accepted ones have offsets that count on from the first. */
export type VerdictRun = Verdict & { readonly count: number }

/** Verdicts by place, as runs: the records of `text` first, then `rejected`. */
export interface JudgedReply extends Message {
  readonly outcome: 'judged'
  readonly verdicts: readonly VerdictRun[]
}

export type AppendReply =
  | JudgedReply
  /** The definition is older than the one this partition knows. */
  | (Message & { readonly outcome: 'stale'; readonly version: number })
  /** The Idempotency-Key was used for another body. */
  | (Message & { readonly outcome: 'reused_key' })
  /** The count has doubled and the producer is another partition's now. */
  | (Message & { readonly outcome: 'moved'; readonly partitions: number })
  | (Message & {
      readonly outcome: 'unavailable'
      readonly reason: string
      readonly retryMs: number
    })

export interface CatchUpMessage extends Message {
  readonly entitySetId: string
  /** The shard that asks, and how many it knows of; absent: the only one. */
  readonly shard?: number
  readonly shards?: number
  readonly after: number
  /** The version of the source that the shard knows: a partition that lags behind it subscribes first. */
  readonly version: number
}

/** What a catch-up brings, and the views of the entity set as they are subscribed at this partition. */
export type CatchUpReply = Message & { readonly subscriptions: readonly Subscription[] } & (
    | {
        readonly outcome: 'pieces'
        readonly pieces: readonly LogPiece[]
        /** The last offset that the pieces reach. */
        readonly upTo: number
        /** The partition's last confirmed offset as of the call. */
        readonly last: number
      }
    | { readonly outcome: 'forgotten'; readonly first: number }
    /** The record right above `after` is damaged. */
    | { readonly outcome: 'corrupt'; readonly damage: Damage }
  )

export interface ReadTailMessage extends Message {
  readonly after: number
  readonly upTo: number
}

export type ReadTailReply =
  | (Message & {
      readonly outcome: 'pieces'
      readonly pieces: readonly LogPiece[]
      readonly upTo: number
    })
  /** Records up to before `first` left the tail: the catalogue holds them. */
  | (Message & { readonly outcome: 'forgotten'; readonly first: number })
  /** The record right above `after` is damaged. */
  | (Message & { readonly outcome: 'corrupt'; readonly damage: Damage })

export interface SubscribeMessage extends Message {
  readonly source: ResolvedSource
}

/** For each view of the source: F, the last offset that deliveries leave to a backfill. */
export interface SubscribeReply extends Message {
  readonly from: { readonly [viewId: string]: number }
}

/** For each entity set, for each slot touched: the last offset that touched it. */
export interface Touches {
  readonly [entitySetId: string]: { readonly [slot: string]: number }
}

export interface SnapshotMessage extends Message {
  readonly withTouches?: boolean
}

export interface TakeOverMessage extends Message {
  /** The count that made the asking partition; from now on the other half of the producers are its own. */
  readonly partitions: number
  readonly producers: readonly string[]
}

export interface TakeOverReply extends Message {
  /** What is known of each producer, as it is stored; null for one never seen. */
  readonly states: readonly (string | null)[]
}

export interface PartitionState extends Message {
  /** What touched which slots, where it was asked for. */
  readonly touches?: {
    /** The last offset of the records no longer held that touched a slot. */
    readonly forgotten: Touches
    /** The last offset of all that did. */
    readonly all: Touches
  }
  /** The last offset given out, confirmed when this reply arrives. */
  readonly last: number
  /** The first offset that is still held, one above `last` for none. */
  readonly first: number
  readonly committed: number
  readonly tailRecords: number
  readonly tailBytes: number
  readonly tailEventTimes?: readonly [first: string, last: string]
  readonly lastIngestUs?: number
  /** Why rolls stopped; they go on only when an operator has looked. */
  readonly stopped?: string
}

export interface ResumeReply extends Message {
  readonly stopped?: string
}

export interface RollReply extends Message {
  readonly status: 'rolled' | 'empty' | 'stopped' | 'waiting'
  readonly parts: readonly string[]
  readonly reason?: string
}

export interface LogPartitionContract {
  append(message: AppendMessage): Promise<AppendReply>
  subscribe(message: SubscribeMessage): Promise<SubscribeReply>
  /** Asked by the partition that a doubled count has made of half of this one. */
  takeOver(message: TakeOverMessage): Promise<TakeOverReply>
  catchUp(message: CatchUpMessage): Promise<CatchUpReply>
  readTail(message: ReadTailMessage): Promise<ReadTailReply>
  snapshot(message: SnapshotMessage): Promise<PartitionState>
  roll(message: Message): Promise<RollReply>
  /** Re-arms the alarm when anything waits for it. */
  wake(message: Message): Promise<void>
  /** Lets rolls go on that stopped: an operator has mended what they met. Gives why they had. */
  resume(message: Message): Promise<ResumeReply>
}

export interface Subscription {
  readonly viewId: string
  /** Records at or under this offset are left to a backfill. */
  readonly from: number
}

export interface DeliverMessage extends Message {
  readonly sourceId: string
  readonly partition: number
  readonly after: number
  readonly upTo: number
  readonly pieces: readonly LogPiece[]
  /** Records of (after, upTo] that the partition cannot read: what folds them has lost its history. */
  readonly damage?: Damage
  readonly subscriptions: readonly Subscription[]
  /** How many shards the partition delivers to: this one gets the records of its slots; absent: one. */
  readonly shards?: number
}

export interface DeliverReply extends Message {
  /** How many shards there are by now, where the partition knew of fewer: then nothing was folded. */
  readonly moved?: number
  /** The last offset folded, or known to concern no entity of this shard. */
  readonly mark: number
  /** The last offset that a restart of this shard still has. */
  readonly durable: number
}

export interface ReadFeaturesMessage extends Message {
  readonly viewIds: readonly string[]
  /** Entity keys as `entityKeyOf` gives them. */
  readonly keys: readonly string[]
  /** How many shards the reader knows of; absent: one. */
  readonly shards?: number
}

export interface FeatureValues {
  readonly eventTime: string
  readonly ingestUs: number
  readonly values: readonly unknown[]
}

export type ViewReading =
  | { readonly status: 'present'; readonly state: FeatureValues }
  | { readonly status: 'missing' }
  /** The view is degraded or backfilling: nothing true can be said now. */
  | { readonly status: 'unknown' }

export interface ReadFeaturesReply extends Message {
  /** How many shards there are by now, where the reader knew of fewer: then nothing was read. */
  readonly moved?: number
  /** For each key, for each view. */
  readonly readings: readonly (readonly ViewReading[])[]
  /** The offsets that these values are a fold of, by `source/partition`. */
  readonly marks: { readonly [partition: string]: number }
}

export interface GiveSlotsMessage extends Message {
  /** The shard that asks for its slots, and the count that made it. */
  readonly shard: number
  readonly shards: number
  /** Where to go on. */
  readonly from?: PagePlace
}

/** Pages after this one, by slot and page. */
export interface PagePlace {
  readonly slot: number
  readonly page: number
}

/** A page as it is stored. */
export interface StoredPage extends PagePlace {
  readonly format: number
  readonly folded: string
  readonly entities: string
}

export interface GiveSlotsReply extends Message {
  /** Whether the pages are here no more: whoever asks had them once and has lost them. */
  readonly released: boolean
  readonly pages: readonly StoredPage[]
  readonly next?: PagePlace
  /** What the pages are a fold of, from when the slots were given away. */
  readonly marks: { readonly [partition: string]: number }
  /** What they are a fold of from history, by `view source/partition`. */
  readonly backfills: { readonly [stream: string]: number }
  readonly pagesPerSlot: number
  /** How the giver stands to its views. */
  readonly views: readonly StoredView[]
}

export interface ShardState extends Message {
  /** The last offsets folded, by `source/partition`. */
  readonly marks: { readonly [partition: string]: number }
  /** The last offsets that a restart of this shard still has. */
  readonly durable: { readonly [partition: string]: number }
  /** Views that cannot be served, and why: `degraded` or `backfilling`. */
  readonly withheld: { readonly [viewId: string]: string }
  /** Of those that are backfilled: how many offsets of their history are folded. */
  readonly progress?: {
    readonly [viewId: string]: { readonly folded: number; readonly wanted: number }
  }
}

export interface FeatureShardContract {
  deliver(message: DeliverMessage): Promise<DeliverReply>
  read(message: ReadFeaturesMessage): Promise<ReadFeaturesReply>
  /** Gives the slots away that a doubled count has made another shard's, as they stand at that moment. */
  giveSlots(message: GiveSlotsMessage): Promise<GiveSlotsReply>
  /** Forgets what was given away: the new shard has it. */
  releaseSlots(message: Message & { readonly shards: number }): Promise<Message>
  /** What the shard has folded, after catching up as a read does. */
  state(message: Message): Promise<ShardState>
}

/** A part as the catalogue lists it: one Parquet file of one partition's records `[start, end)`. */
export interface Part {
  readonly name: string
  readonly key: string
  readonly partition: number
  readonly start: number
  readonly end: number
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  readonly version: number
  readonly firstEventTime?: string
  readonly lastEventTime?: string
  readonly committedUs: number
}

export interface CommitMessage extends Message {
  readonly part: Omit<Part, 'committedUs'>
  /** SHA-256 of the canonical texts, joined by line feeds. */
  readonly digest: string
}

export type CommitReply = Message & {
  readonly outcome: 'committed' | 'already' | 'conflict'
  readonly mark: number
}

/** Parts above this place: of a later partition, or of this one with an end above the offset. */
export interface PartPlace {
  readonly partition: number
  readonly above: number
}

export interface ListMessage extends Message {
  readonly from?: PartPlace
  /** Parts of this partition alone. */
  readonly partition?: number
  readonly withTotals?: boolean
}

export interface PartTotals {
  readonly parts: number
  readonly rows: number
  readonly bytes: number
  readonly firstEventTime?: string
  readonly lastEventTime?: string
}

export interface CatalogueState extends Message {
  readonly partitions: readonly {
    readonly partition: number
    readonly mark: number
    /** Records below `end` are older than the retention and left the list: `rows` of them. */
    readonly expired?: { readonly end: number; readonly rows: number }
  }[]
  /** By partition and offset; some thousands at once. */
  readonly parts: readonly Part[]
  /** Where to ask on. */
  readonly next?: PartPlace
  /** Of all parts, where they were asked for. */
  readonly totals?: PartTotals
  /** Why compactions stopped; they go on only when an operator has looked. */
  readonly stopped?: string
}

/** Ranges that a partition ever committed, ascending; `next` is where to ask on. */
export interface JournalPage extends Message {
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
  readonly next?: number
}

/** What the catalogue knows of the partition that told it; absent where an earlier version answers. */
export interface CatalogueNoted extends Message {
  readonly mark?: number
}

export interface CatalogueContract {
  /** Lists the partitions before their first append. */
  declare(message: Message & { readonly partitions: number }): Promise<Message>
  commit(message: CommitMessage): Promise<CommitReply>
  list(message: ListMessage): Promise<CatalogueState>
  part(message: Message & { readonly name: string }): Promise<Part | undefined>
  /** Committed ranges that start at or above `from`, a page of them. */
  journal(
    message: Message & { readonly partition: number; readonly from: number },
  ): Promise<JournalPage>
  /** Notes whether a partition's tail holds anything, for the sweep. */
  note(
    message: Message & { readonly partition: number; readonly holds: boolean },
  ): Promise<CatalogueNoted>
  /** Lets compactions go on that stopped. Gives why they had. */
  resume(message: Message): Promise<ResumeReply>
  /** Wakes every partition so noted, and the catalogue's own duties. */
  sweep(message: Message): Promise<Message & { readonly woken: number }>
}

export interface ApplyMessage extends Message {
  readonly workspace: string
  readonly expectedHash: string | null
  /** Canonical JSON of the definitions. */
  readonly canonical: string
  readonly keyId: string
}

export interface AppliedChange {
  readonly action: 'create' | 'update' | 'none'
  readonly kind: string
  readonly name: string
  readonly id: string
}

export type ApplyReply = Message &
  (
    | {
        readonly outcome: 'applied'
        readonly version: number
        readonly hash: string
        readonly changes: readonly AppliedChange[]
      }
    | { readonly outcome: 'conflict' | 'invalid'; readonly reason: string }
  )

export interface ScaleMessage extends Message {
  /** Names of the join keys whose entities get more shards. */
  readonly joinKeys: readonly string[]
  readonly shards: number
  readonly keyId: string
}

export type ScaleReply = Message &
  (
    | { readonly outcome: 'scaled'; readonly version: number }
    | { readonly outcome: 'refused'; readonly reason: string }
  )

export interface RegistryContract {
  apply(message: ApplyMessage): Promise<ApplyReply>
  /** Gives an entity set more shards, under another version of the definitions that were applied last. */
  scale(message: ScaleMessage): Promise<ScaleReply>
  /**
   * The definitions, or nothing where they are no newer than `newerThan` or nothing was applied yet. `seen` is
   * a version that somebody knows: one above the newest here was issued before this registry was restored.
   */
  definitions(
    message: Message & { readonly newerThan?: number; readonly seen?: number },
  ): Promise<ResolvedDefinitions | undefined>
  /** What was applied last, as it was sent. */
  applied(
    message: Message,
  ): Promise<
    { readonly version: number; readonly hash: string; readonly canonical: string } | undefined
  >
  source(message: Message & { readonly sourceId: string }): Promise<ResolvedSource | undefined>
  sweep(message: Message): Promise<Message>
}

/** Refuses a message of a newer format with a sentence. */
export function checkFormat(message: Message): void {
  if (message.format === messageFormat) return
  throw new Error(
    `A message of format ${message.format} reached an object that speaks ${messageFormat}; deploy the newer version everywhere.`,
  )
}

import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import type { StoredView } from '../view-state.ts'
import type { Damage, LogPiece, Message, Subscription } from './message.ts'

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
  /** Views of which copies for the edge are wanted, and for how many milliseconds each is of use. */
  readonly copies?: { readonly [viewId: string]: number }
  /** What windows end at, if not at what each view says itself. */
  readonly leadingEdge?: LeadingEdge
}

export interface FeatureValues {
  readonly eventTime: string
  readonly ingestUs: number
  readonly values: readonly unknown[]
  /** Which of the values are of data: a count of none is 0, and no data. Absent: all. */
  readonly present?: readonly boolean[]
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
  /** For each view the version of the definition of its source: no value is of a newer one. */
  readonly versions?: readonly number[]
  /** The moment of the reading, microseconds since 1970. */
  readonly atUs?: number
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
  /** Reads the definitions, since a view of this shard is gone: what it held of that is never served again. */
  refresh(message: Message): Promise<Message>
  /** Gives the slots away that a doubled count has made another shard's, as they stand at that moment. */
  giveSlots(message: GiveSlotsMessage): Promise<GiveSlotsReply>
  /** Forgets what was given away: the new shard has it. */
  releaseSlots(message: Message & { readonly shards: number }): Promise<Message>
  /** What the shard has folded, after catching up as a read does. */
  state(message: Message): Promise<ShardState>
}

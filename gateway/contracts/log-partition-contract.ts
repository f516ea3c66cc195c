import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import type { AppendMessage, AppendReply } from './append.ts'
import type { Damage, LogPiece, Message, ResumeReply, Subscription, Touches } from './message.ts'

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
  /** The version of the definition that it knows: no record that it holds was admitted by a newer one. */
  readonly version?: number
  readonly tailRecords: number
  readonly tailBytes: number
  /** Rejections that were stored, ever or since a gateway that counts them; an earlier one says none. */
  readonly rejected?: number
  readonly tailEventTimes?: readonly [first: string, last: string]
  readonly lastIngestUs?: number
  /** Why rolls stopped; they go on only when an operator has looked. */
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

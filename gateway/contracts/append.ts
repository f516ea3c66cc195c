import type { RecordCode } from '../../shared/error-codes.ts'
import type { Message, Range } from './message.ts'

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

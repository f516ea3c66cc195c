import type { ProducerId } from '../shared/ingest-protocol.ts'
import type { Receipt } from './receipt.ts'

/** One unsettled record. Whoever sends it, sends it with exactly these values. */
export interface OutboxEntry {
  readonly producer: ProducerId
  readonly source: string
  readonly sequence: number
  /** The record's canonical JSON, sent byte for byte. */
  readonly text: string
  /** UTF-8 bytes of `text`. */
  readonly bytes: number
  /** When the record first left, by the clock of its client; absent while it never did. */
  readonly attemptedAtMs?: number
}

/** What a client is told by an outbox that others share with it: other tabs, or later visits. */
export interface OutboxOwner {
  /** Entries of a client that is no more, in the order of their `append`: this client sends them from now on. */
  adopt(entries: readonly OutboxEntry[]): void
  /**
   * Another client owns this producer now: nothing of it may leave here any more, and no new sequence be given.
   * `unkept` are those entries of it that the other does not know, since they never got into the store: one that
   * was never attempted may be pushed anew under another producer, any other is lost.
   */
  disown(producer: ProducerId, unkept: readonly OutboxEntry[]): void
  /** One sentence on what the user should know: that records are kept in memory only, say. */
  report(reason: string): void
}

/**
 * Keeps records from their push until they are settled; an append-only journal is enough, since the client
 * holds the queue itself. One client at a time uses an outbox object; several objects may share one store, and
 * then each entry has one owner. Any call may answer at once or later; a throw or a rejection is a failure.
 */
export interface Outbox {
  /** Is called once, before all else, by a client that can be told; what it does must be quick. */
  own?(owner: OutboxOwner): void
  /**
   * Gives what earlier clients left unsettled and this one owns now, in the order of `append` for each producer,
   * and nothing appended since.
   */
  load(): readonly OutboxEntry[] | Promise<readonly OutboxEntry[]>
  /** Keeps an entry. A failure refuses the record: it is dropped with the error's message. */
  append(entry: OutboxEntry): void | Promise<void>
  /**
   * Notes that entries, which it holds, are about to leave: each comes with its `attemptedAtMs`, the same in
   * every try. Must be durable when it resolves, and so must the entries themselves. A failure delays the send;
   * where the entries have another owner now, `disown` is called before it fails.
   */
  attempt(entries: readonly OutboxEntry[]): void | Promise<void>
  /**
   * Forgets entries, ignoring unknown ones; `receipts[i]` tells what became of `entries[i]`. A journal that
   * outlives the client keeps those whose code is `closed`: the next client sends them. A failure costs a
   * duplicate later, never a record.
   */
  settle(entries: readonly OutboxEntry[], receipts: readonly Receipt[]): void | Promise<void>
  /**
   * Gives up all that it owns, because the client closes or its page goes away (for the back/forward cache, say):
   * others may adopt it at once. What is appended afterwards has a new producer, and `load` may be called again.
   */
  release?(): void | Promise<void>
}

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

/**
 * Keeps records from their push until they are settled; an append-only journal is enough, since the client
 * holds the queue itself and reads only at its start. One client at a time uses an outbox. Any call may answer
 * at once or later; a throw or a rejection is a failure.
 */
export interface Outbox {
  /** Gives what earlier clients left unsettled, in the order of `append`, and nothing appended since. */
  load(): readonly OutboxEntry[] | Promise<readonly OutboxEntry[]>
  /** Keeps an entry. A failure refuses the record: it is dropped with the error's message. */
  append(entry: OutboxEntry): void | Promise<void>
  /**
   * Notes that entries, which it holds, are about to leave: each comes with its `attemptedAtMs`, the same in
   * every try. Must be durable when it resolves, and so must the entries themselves. A failure delays the send.
   */
  attempt(entries: readonly OutboxEntry[]): void | Promise<void>
  /**
   * Forgets entries, ignoring unknown ones; `receipts[i]` tells what became of `entries[i]`. A journal that outlives the client keeps
   * those whose code is `closed`: the next client sends them. A failure costs a duplicate later, never a record.
   */
  settle(entries: readonly OutboxEntry[], receipts: readonly Receipt[]): void | Promise<void>
}

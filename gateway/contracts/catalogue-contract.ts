import type { Message, ResumeReply } from './message.ts'

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

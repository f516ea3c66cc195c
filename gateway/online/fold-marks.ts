/** For each stream of records that is folded: the last offset folded. */
export type Marks = { readonly [stream: string]: number }

/**
 * What a shard has folded, and how much of that its tables know. Streams are `source/partition` for what
 * partitions deliver, and for what is folded from history `view source/partition`.
 */
export interface FoldMarks {
  readonly live: Map<string, number>
  readonly backfills: Map<string, number>
  /** The last offset folded of a stream, -1 for none. */
  of(stream: string): number
  /** The same, as a restart still has it. */
  durable(stream: string): number
  durableLive(): Marks
  /** As they stand now, to be stored where no page is unwritten. */
  snapshot(): StoredMarks
  settle(stored: StoredMarks): void
}

/** Where a fold stands: records below `offset` are in every page that they concern, up to what each stream wants. */
export interface FoldPosition {
  offset: number
  readonly streams: readonly { readonly stream: string; readonly upTo: number }[]
}

export interface StoredMarks {
  readonly marks: Marks
  readonly backfills: Marks
}

export function createFoldMarks(stored: StoredMarks): FoldMarks {
  const live = new Map(Object.entries(stored.marks))
  const backfills = new Map(Object.entries(stored.backfills))
  let settled = stored
  return {
    live,
    backfills,
    of: stream => live.get(stream) ?? backfills.get(stream) ?? -1,
    durable: stream => settled.marks[stream] ?? settled.backfills[stream] ?? -1,
    durableLive: () => settled.marks,
    snapshot: () => ({
      marks: Object.fromEntries(live),
      backfills: Object.fromEntries(backfills),
    }),
    settle(now) {
      settled = now
    },
  }
}

/** Whether a stream is one of history, which is there only while a view is backfilled. */
export function isOfHistory(stream: string): boolean {
  return stream.includes(' ')
}

/** Whether what a stream brings may belong into a view's state that another stream's records are folded into. */
export function isFoldedBeside(stream: string, other: string, stateKey: string): boolean {
  const [partition = '', history = stateKey] = stream.split(' ').reverse()
  return history === stateKey && sourceOf(partition) === sourceOf(other.split(' ').at(-1) ?? '')
}

function sourceOf(partition: string): string {
  return partition.slice(0, partition.lastIndexOf('/'))
}

/** The stream of what a partition delivers. */
export function partitionKey(sourceId: string, partition: number): string {
  return `${sourceId}/${partition}`
}

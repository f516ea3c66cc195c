import type { Clock, Storage } from '../ports.ts'
import type { EntityPages } from './entity-pages.ts'
import type { FoldMarks, StoredMarks } from './fold-marks.ts'
import type { ShardStatements } from './shard-statements.ts'
import type { ShardViews } from './shard-views.ts'

/** Quiet after which the state is written, and the longest it waits under load. */
const quietMs = 5_000
const maxUnwrittenMs = 60_000

/** What a transaction has written, to be taken as stored once it has ended. */
export interface Checkpointed {
  readonly marks: StoredMarks
  readonly served: readonly string[]
}

export interface Checkpoint {
  /** Notes durably, before the first fold since the last one, that the stored marks lag behind; gives when to write. */
  begin(): number | undefined
  /** When to write what is not written; nothing when all of it is. */
  dueMs(): number | undefined
  /** Whether it waits longer than an alarm that was not lost would have let it. */
  isLate(): boolean
  /** Leaves no unwritten page, which is what makes the marks true; part of the caller's transaction. */
  write(): Checkpointed
  settle(written: Checkpointed): void
  /** Both, in a transaction of its own. Cost: a row for each changed page, and one. */
  store(): void
}

/** Writes a shard's pages and marks after some quiet, and serves the views whose history is whole by then. */
export function createCheckpoint(
  clock: Clock,
  storage: Pick<Storage, 'transaction'>,
  statements: ShardStatements,
  shard: {
    readonly pages: EntityPages
    readonly marks: FoldMarks
    readonly views: ShardViews
    readonly isDirty: boolean
    /** Views that lack no history any more. */
    complete(): readonly string[]
  },
): Checkpoint {
  const { pages, marks, views } = shard
  let dirtySinceMs = shard.isDirty ? clock.now() : undefined
  let lastFoldMs = 0

  const write = (): Checkpointed => {
    const served = shard.complete()
    pages.write()
    for (const id of served) views.storeServed(id)
    const written = marks.snapshot()
    statements.setClean(written)
    return { marks: written, served }
  }
  const settle = (written: Checkpointed) => {
    for (const id of written.served) views.serve(id)
    pages.settle()
    // No answer that says so leaves before it is confirmed.
    marks.settle(written.marks)
    dirtySinceMs = undefined
  }

  return {
    begin() {
      lastFoldMs = clock.now()
      if (dirtySinceMs !== undefined) return undefined
      statements.setDirty()
      dirtySinceMs = lastFoldMs
      return lastFoldMs + quietMs
    },
    dueMs() {
      const now = clock.now()
      if (dirtySinceMs === undefined) return undefined
      // A clock that was set back knows nothing of how quiet it is.
      const isQuiet = now < lastFoldMs || now - lastFoldMs >= quietMs
      return !isQuiet && now - dirtySinceMs < maxUnwrittenMs ? now + quietMs : now
    },
    isLate() {
      const unwrittenMs = clock.now() - (dirtySinceMs ?? clock.now())
      return unwrittenMs < 0 || unwrittenMs > 2 * maxUnwrittenMs
    },
    write,
    settle,
    store: () => settle(storage.transaction(write)),
  }
}

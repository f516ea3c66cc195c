import type { OutboxEntry } from './outbox.ts'
import type { OutboxLine, Run } from './outbox-line.ts'
import { keyOf } from './pending.ts'

/** A line of a text store; none where it cannot be read. */
export interface PlacedLine<Id> {
  readonly id: Id
  readonly line: OutboxLine | undefined
}

/** What lines come to: an unsettled entry, another object than in its line if there is more known of it. */
export interface FoldedEntry<Id> {
  entry: OutboxEntry
  readonly appendedIn: Id
}

/**
 * Gives the unsettled entries of lines in their order. An unreadable line may have said of any entry before it
 * that it was attempted: those count as attempted when they were appended. O(entries).
 */
export function foldLines<Id>(lines: readonly PlacedLine<Id>[]): readonly FoldedEntry<Id>[] {
  const live = new Map<string, FoldedEntry<Id> & { readonly atMs: number }>()
  /** Ranges may claim more than there is: only what is live is looked at. */
  const each = (runs: readonly Run[], tell: (key: string) => void) => {
    for (const [producer, source, start, end] of runs)
      if (end - start <= live.size)
        for (let sequence = start; sequence < end; sequence += 1)
          tell(keyOf({ producer, source, sequence }))
      else
        for (const [key, { entry }] of live)
          if (
            entry.producer === producer &&
            entry.source === source &&
            entry.sequence >= start &&
            entry.sequence < end
          )
            tell(key)
  }
  const attempt = (key: string, atMs: number) => {
    const known = live.get(key)
    if (known?.entry.attemptedAtMs === undefined && known)
      known.entry = { ...known.entry, attemptedAtMs: atMs }
  }
  for (const { id, line } of lines) {
    switch (line?.kind) {
      case 'append':
        for (const entry of line.entries) {
          // A write that was taken for failed comes again.
          live.delete(keyOf(entry))
          live.set(keyOf(entry), { entry, appendedIn: id, atMs: line.atMs })
        }
        break
      case 'attempt':
        each(line.runs, key => attempt(key, line.atMs))
        break
      case 'settle':
        each(line.runs, key => live.delete(key))
        break
      default:
        for (const [key, { atMs }] of live) attempt(key, atMs)
    }
  }
  return [...live.values()]
}

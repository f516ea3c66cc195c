import type { Report } from '../ports.ts'
import type { LogState } from './log-state.ts'
import type { LogStatements } from './log-statements.ts'
import { type LogReading, readLog } from './read-log.ts'
import type { ShardFilter } from './shard-filter.ts'

/**
 * Reads a partition's log and lets no damage pass in silence: it is reported once in each life of the
 * object, and stops the rolls until an operator has looked. Appends go on.
 */
export function watchDamage(
  { report }: { readonly report: Report },
  identity: { readonly sourceId: string; readonly partition: number },
  state: () => LogState,
  log: LogStatements,
) {
  const known = new Set<string>()
  const notice = (reason: string) => {
    if (known.has(reason)) return
    known.add(reason)
    report('stored records are damaged', {
      source: identity.sourceId,
      partition: identity.partition,
      reason,
    })
    if (state().stopped !== undefined) return
    state().stopped = reason
    log.setStopped(reason)
  }
  return {
    /** Reports what is still damaged once more. */
    forget: () => known.clear(),
    /** Takes note of what was damaged when the state was loaded. */
    noticeLoaded: () => state().damaged.forEach(notice),
    read(after: number, upTo: number, maxBytes: number, filter?: ShardFilter): LogReading {
      const reading = readLog(state(), log, after, upTo, maxBytes, filter)
      if (reading.damage !== undefined) notice(reading.damage.reason)
      return reading
    },
  }
}

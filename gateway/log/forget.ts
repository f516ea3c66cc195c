import type { Deliveries } from './deliveries.ts'
import type { ClosedSegment, LogState } from './log-state.ts'
import type { LogStatements } from './log-statements.ts'
import { lastTouchIn, type ShardFilter } from './shard-filter.ts'

/**
 * Drops closed segments, oldest first, that nobody needs any more: in a part, if the source is logged
 * offline, and durable in every shard they touched. Gives what the oldest one that stays waits for.
 * Cost: one empty deliver to each shard touched, a row for each segment dropped and one for each entity set
 * in it.
 */
export async function forgetSegments(
  state: () => LogState,
  log: LogStatements,
  deliveries: Pick<Deliveries, 'shards' | 'of'>,
): Promise<'nothing' | 'roll' | 'shards'> {
  const durable = new Map<string, number>()
  const isDurable = async (touch: number, filter: ShardFilter) => {
    if (touch < 0) return true
    const key = JSON.stringify(filter)
    const known = durable.get(key) ?? (await deliveries.of(filter)?.durable()) ?? Infinity
    durable.set(key, known)
    return known >= touch
  }
  for (;;) {
    const [oldest] = state().closed
    if (oldest === undefined) return 'nothing'
    if (!isCommitted(state(), oldest)) return 'roll'
    const { touches } = oldest.notes
    for (const entitySetId of Object.keys(touches)) {
      for (const filter of deliveries.shards(entitySetId)) {
        if (!(await isDurable(lastTouchIn(touches, filter), filter))) return 'shards'
      }
    }
    log.dropSegment(oldest.segment, touches)
    state().closed.shift()
    state().forgotten = log.forgotten()
  }
}

function isCommitted({ definition, committed }: LogState, { end, notes }: ClosedSegment): boolean {
  return notes.records === 0 || definition?.logOffline === false || end - 1 <= committed
}

import type { Delivery } from './delivery.ts'
import type { ClosedSegment, LogState } from './log-state.ts'
import type { LogStatements } from './log-statements.ts'

/**
 * Drops closed segments, oldest first, that nobody needs any more: in a part, if the source is logged
 * offline, and durable in every shard they touched. Gives what the oldest one that stays waits for.
 * Cost: one empty deliver to each shard, one row for each segment dropped.
 */
export async function forgetSegments(
  state: () => LogState,
  log: LogStatements,
  deliveries: (entitySetId: string) => Delivery | undefined,
): Promise<'nothing' | 'roll' | 'shards'> {
  const durable = new Map<string, number>()
  for (;;) {
    const [oldest] = state().closed
    if (oldest === undefined) return 'nothing'
    if (!isCommitted(state(), oldest)) return 'roll'
    for (const [entitySetId, slots] of Object.entries(oldest.notes.touches)) {
      const known =
        durable.get(entitySetId) ?? (await deliveries(entitySetId)?.durable()) ?? Infinity
      durable.set(entitySetId, known)
      if (known < Math.max(...Object.values(slots))) return 'shards'
    }
    log.dropSegment(oldest.segment)
    state().closed.shift()
  }
}

function isCommitted({ definition, committed }: LogState, { end, notes }: ClosedSegment): boolean {
  return notes.records === 0 || definition?.logOffline === false || end - 1 <= committed
}

import type { PartitionState } from '../contracts/log-partition-contract.ts'
import { messageFormat, type Touches } from '../contracts/message.ts'
import { type EventTimes, widen } from '../event-times.ts'
import { firstOffset, type LogState } from './log-state.ts'
import { isOfShard, joinTouches, lastTouchIn, type ShardFilter } from './shard-filter.ts'

/**
 * The last offset above `after` that concerns a shard, `after` when there is none. Cost: nothing for a
 * single shard; else a step for each slot touched since.
 */
export function lastTouch(state: LogState, filter: ShardFilter, after: number): number {
  if (filter.shards === 1) return state.next - 1
  let last = after
  for (const { end, notes } of state.closed) {
    if (end - 1 > last) last = Math.max(last, lastTouchIn(notes.touches, filter))
  }
  for (const [slot, touch] of state.open.touches.get(filter.entitySetId) ?? []) {
    if (touch > last && isOfShard(slot, filter)) last = touch
  }
  return last
}

/** For each slot the last offset that ever touched it, of records held and forgotten. */
function allTouches({ forgotten, closed, open }: LogState): Touches {
  const inOpen = [...open.touches].map(([id, slots]) => [id, Object.fromEntries(slots)] as const)
  return [...closed.map(({ notes }) => notes.touches), Object.fromEntries(inOpen)].reduce(
    joinTouches,
    forgotten,
  )
}

/** Records, bytes and event times of all that the partition still holds. */
export function tailOf(state: LogState): {
  records: number
  bytes: number
  eventTimes: EventTimes | undefined
} {
  const tail = {
    records: state.next - Math.max(state.committed + 1, firstOffset(state)),
    bytes: state.open.bytes,
    eventTimes: state.open.eventTimes,
  }
  for (const { end, notes } of state.closed) {
    tail.bytes += notes.bytes
    if (end - 1 > state.committed) tail.eventTimes = widen(tail.eventTimes, notes.eventTimes)
  }
  return tail
}

/** What a partition tells of itself; `withTouches` costs a step for each slot that a held segment touched. */
export function partitionState(state: LogState, withTouches: boolean): PartitionState {
  const { records, bytes, eventTimes } = tailOf(state)
  const { next, committed, definition, lastIngestUs, stopped, forgotten } = state
  return {
    format: messageFormat,
    last: next - 1,
    first: firstOffset(state),
    committed,
    tailRecords: records,
    tailBytes: bytes,
    rejected: state.open.rejected,
    ...(withTouches ? { touches: { forgotten, all: allTouches(state) } } : {}),
    ...(definition === undefined ? {} : { version: definition.version }),
    ...(eventTimes === undefined ? {} : { tailEventTimes: eventTimes }),
    ...(lastIngestUs === 0 ? {} : { lastIngestUs }),
    ...(stopped === undefined ? {} : { stopped }),
  }
}

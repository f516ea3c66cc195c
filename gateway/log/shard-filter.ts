import type { Touches } from '../contracts/message.ts'

/** One shard of an entity set, out of a power of two of them: it folds the records of its slots. */
export interface ShardFilter {
  readonly entitySetId: string
  readonly shard: number
  readonly shards: number
}

/** For each entity set: the slot of each record. */
export type RecordSlots = { readonly [entitySetId: string]: Uint8Array }

/** Stands for every entity set, and for every slot of one, where it is not known what was touched. */
export const everything = ''

/** Whether a slot's entities are a shard's. */
export function isOfShard(slot: number, { shard, shards }: ShardFilter): boolean {
  return (slot & (shards - 1)) === shard
}

/** Whether any of a row's slots is a shard's; a single shard has them all. */
export function touchesShard(
  slots: { readonly [entitySetId: string]: readonly number[] },
  filter: ShardFilter,
): boolean {
  return filter.shards === 1 || (slots[filter.entitySetId] ?? []).some(at => isOfShard(at, filter))
}

/** The last offset in some touches that concerns a shard, -1 for none. */
export function lastTouchIn(touches: Touches, filter: ShardFilter): number {
  let last = touches[everything]?.[everything] ?? -1
  for (const [slot, touch] of Object.entries(touches[filter.entitySetId] ?? {})) {
    const concerns = slot === everything || isOfShard(Number(slot), filter)
    if (concerns && touch > last) last = touch
  }
  return last
}

/**
 * The last offset up to which a shard has folded a partition that gave out `last`, given what it was told of. Whom
 * nothing above its mark concerns has folded everything.
 */
export function reachOf(mark: number, last: number, touches: Touches, filter: ShardFilter): number {
  return mark >= lastTouchIn(touches, filter) ? Math.max(mark, last) : mark
}

/** Touches of two stretches of a log, the later one second. */
export function joinTouches(earlier: Touches, later: Touches): Touches {
  const joined: { [entitySetId: string]: Touches[string] } = { ...earlier }
  for (const [entitySetId, slots] of Object.entries(later)) {
    joined[entitySetId] = { ...joined[entitySetId], ...slots }
  }
  return joined
}

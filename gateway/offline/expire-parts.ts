import type { UpkeepContext } from './compact-parts.ts'

/** Parts that leave the list in one transaction. */
const partsAtOnce = 100
/** Objects that are deleted by one call; the store takes 1,000. */
const objectsAtOnce = 500

/**
 * Takes parts off the list whose records are all older than the retention, the oldest of a partition first;
 * offsets, marks and journal stay. Gives when to come again. Parts of a compaction under way wait for it.
 */
export function expireParts(
  { ports, catalogue, upkeep }: UpkeepContext,
  retentionMs: number,
  retired: () => void,
): number | undefined {
  const nowMs = ports.clock.now()
  const intent = upkeep.intent()
  let dueMs: number | undefined
  const comeAt = (ms: number) => {
    dueMs = Math.min(dueMs ?? ms, ms)
  }
  for (const { partition } of catalogue.partitions()) {
    const oldest = upkeep.oldestParts(partition, partsAtOnce)
    const young = oldest.findIndex(
      // Records came before their part was committed, so that none of them is younger.
      ({ committedUs }) => committedUs / 1_000 + retentionMs > nowMs,
    )
    const old = oldest.slice(0, young < 0 ? oldest.length : young)
    const taken = old.findIndex(({ name }) => intent?.parts.includes(name))
    const parts = taken < 0 ? old : old.slice(0, taken)
    const last = parts.at(-1)
    if (last !== undefined) {
      const rows = parts.reduce((sum, part) => sum + part.rows, 0)
      ports.storage.transaction(() => {
        for (const { name } of parts) upkeep.retire(name, nowMs * 1_000)
        upkeep.addExpired(partition, last.end, rows)
        retired()
      })
    }
    const next = oldest[young]
    if (next !== undefined) comeAt(Math.ceil(next.committedUs / 1_000) + retentionMs)
    else if (taken < 0 && oldest.length === partsAtOnce) comeAt(nowMs)
  }
  return dueMs
}

/** Deletes objects of parts that left the list a grace period ago; gives when to come again. */
export async function deleteRetired({ ports, upkeep }: UpkeepContext): Promise<number | undefined> {
  const { storage, clock, parts, upkeepSizes } = ports
  const due = upkeep.retiredUpTo((clock.now() - upkeepSizes.graceMs) * 1_000, objectsAtOnce)
  if (due.length > 0) {
    // What cannot be undone follows from what is confirmed only.
    await storage.sync()
    await parts.delete(due.map(({ key }) => key))
    storage.transaction(() => {
      for (const { name } of due) upkeep.forgetRetired(name)
    })
  }
  const oldestUs = upkeep.oldestRetiredUs()
  return oldestUs === undefined ? undefined : Math.ceil(oldestUs / 1_000) + upkeepSizes.graceMs
}

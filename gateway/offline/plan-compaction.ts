import type { Part } from '../contracts/catalogue-contract.ts'
import type { UpkeepSizes } from '../upkeep-sizes.ts'
import { partHourMs } from './part-key.ts'

/** Parts to be rewritten as one now, or when the next ones will be. */
export interface CompactionPlan {
  readonly parts?: readonly Part[]
  readonly dueMs?: number
}

const hourMs = 3_600_000

/** When the hour of a part counts as closed; nothing for a key that names no hour. */
export function hourClosesMs(key: string, { closedAfterMs }: UpkeepSizes): number | undefined {
  const startMs = partHourMs(key)
  return startMs === undefined ? undefined : startMs + hourMs + closedAfterMs
}

/**
 * Finds the first small parts of one partition, given in offset order, that may become one: two or more of
 * one closed hour, side by side, within what is rewritten at once. Every compaction leaves fewer parts, so
 * that repeating it comes to an end.
 */
export function planCompaction(
  parts: readonly Part[],
  nowMs: number,
  sizes: UpkeepSizes,
): CompactionPlan {
  let dueMs: number | undefined
  for (const run of runsOf(parts, sizes)) {
    const closesMs = hourClosesMs(run[0]?.key ?? '', sizes)
    if (run.length < 2 || closesMs === undefined) continue
    if (closesMs <= nowMs) return { parts: run }
    dueMs = Math.min(dueMs ?? closesMs, closesMs)
  }
  return dueMs === undefined ? {} : { dueMs }
}

/** Cuts small parts into runs that lie side by side in one hour and are no larger than allowed. */
function runsOf(parts: readonly Part[], sizes: UpkeepSizes): Part[][] {
  const runs: Part[][] = []
  let sums = { rows: 0, bytes: 0 }
  for (const part of parts) {
    if (part.rows >= sizes.smallRows || part.bytes >= sizes.smallBytes) continue
    const run = runs.at(-1)
    const before = run?.at(-1)
    const grown = { rows: sums.rows + part.rows, bytes: sums.bytes + part.bytes }
    const joins =
      before !== undefined &&
      before.end === part.start &&
      partHourMs(before.key) === partHourMs(part.key) &&
      (run?.length ?? 0) < sizes.parts &&
      grown.rows <= sizes.rows &&
      grown.bytes <= sizes.bytes
    if (joins) {
      run?.push(part)
      sums = grown
    } else {
      runs.push([part])
      sums = { rows: part.rows, bytes: part.bytes }
    }
  }
  return runs
}

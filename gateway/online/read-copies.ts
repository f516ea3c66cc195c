import { causeOf } from '../cause-of.ts'
import type { Clock, FeatureCopies, Report } from '../ports.ts'
import { type CopyOwner, copyKey, decodeCopy, type FeatureCopy } from './feature-copy.ts'

/** Entities whose copies of one view are wanted. */
export interface CopiesWanted extends Omit<CopyOwner, 'workspaceId'> {
  readonly entityKeys: ReadonlySet<string>
  /** Older copies are none. */
  readonly maxAgeMs: number
}

/** A copy, and how old it is. */
export interface AgedCopy extends FeatureCopy {
  readonly ageMs: number
}

/**
 * Reads copies of views' states, by entity key for each view in turn; what is too old, damaged or not come by
 * `untilMs` is left out, since the shards have it. Cost: one read of the store for each hundred.
 */
export async function readCopies(
  ports: { readonly clock: Clock; readonly copies: FeatureCopies; readonly report: Report },
  workspaceId: string,
  wanted: readonly CopiesWanted[],
  untilMs: number,
): Promise<readonly ReadonlyMap<string, AgedCopy>[]> {
  const { clock, copies, report } = ports
  const keyed = await Promise.all(
    wanted.map(async ({ viewId, version, entityKeys }) =>
      Promise.all(
        [...entityKeys].map(
          async entityKey =>
            [entityKey, await copyKey({ workspaceId, viewId, version }, entityKey)] as const,
        ),
      ),
    ),
  )
  const keys = keyed.flat().map(([, key]) => key)
  if (keys.length === 0) return wanted.map(() => new Map())

  const over = new AbortController()
  const deadline = clock
    .sleep(Math.max(0, untilMs - clock.now()), over.signal)
    .then((): ReadonlyMap<string, string> => new Map())
  const read = copies.get(keys).catch((cause): ReadonlyMap<string, string> => {
    report('feature copies not read', { workspace: workspaceId, cause: causeOf(cause) })
    return new Map()
  })
  const texts = await Promise.race([read, deadline]).finally(() => over.abort())
  return wanted.map(({ maxAgeMs }, at) => {
    const fresh = new Map<string, AgedCopy>()
    for (const [entityKey, key] of keyed[at] ?? []) {
      const text = texts.get(key)
      const copy = text === undefined ? undefined : decodeCopy(text)
      if (copy === undefined) continue
      // Another machine's clock may be ahead.
      const ageMs = Math.max(0, clock.now() - copy.atMs)
      if (ageMs <= maxAgeMs) fresh.set(entityKey, { ...copy, ageMs })
    }
    return fresh
  })
}

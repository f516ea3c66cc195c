import { causeOf } from '../cause-of.ts'
import type {
  FeatureShardContract,
  ReadFeaturesMessage,
  ReadFeaturesReply,
} from '../contracts/feature-shard-contract.ts'
import type { Clock, FeatureCopies, Report } from '../ports.ts'
import { copyKey, encodeCopy } from './feature-copy.ts'

export interface CopyPorts {
  readonly clock: Clock
  readonly copies: FeatureCopies
  readonly report: Report
}

/** The store takes one write a second for a key. */
const pauseMs = 1_000
/** Keys that are remembered before those whose second is over are forgotten. */
const maxRemembered = 1_000
/** What the store keeps for less than this it refuses. */
const shortestLifeSeconds = 60

/**
 * A shard that also writes the copies that a reader asks for. A key's only writer is the shard that has its slot,
 * one write after the other and one a second: what comes within is left out, so that no older copy replaces a newer
 * one. Nobody waits for a copy, and one that cannot be written is reported.
 */
export function copyingShard<Shard extends FeatureShardContract>(
  shard: Shard,
  workspaceId: string,
  ports: CopyPorts,
): Shard {
  const write = createCopyWriter(workspaceId, ports)
  return {
    ...shard,
    read: async (message: ReadFeaturesMessage) => {
      const reply = await shard.read(message)
      if (message.copies !== undefined) void write(message, reply)
      return reply
    },
  }
}

function createCopyWriter(workspaceId: string, { clock, copies, report }: CopyPorts) {
  /** By key when its last write began; writes that are under way have not ended it. */
  const begun = new Map<string, { readonly atMs: number; isDone: boolean }>()

  const forget = (nowMs: number) => {
    for (const [key, { atMs, isDone }] of begun) {
      if (isDone && Math.abs(nowMs - atMs) >= pauseMs) begun.delete(key)
    }
  }

  const writeOne = async (key: string, text: string, lifeSeconds: number) => {
    const atMs = clock.now()
    const last = begun.get(key)
    // A clock that was set back must not keep a copy as it is for ever.
    if (last !== undefined && (!last.isDone || Math.abs(atMs - last.atMs) < pauseMs)) return
    const write = { atMs, isDone: false }
    begun.set(key, write)
    try {
      await copies.put(key, text, Math.max(shortestLifeSeconds, lifeSeconds))
    } catch (cause) {
      report('feature copy not written', { workspace: workspaceId, cause: causeOf(cause) })
    } finally {
      write.isDone = true
      if (begun.size > maxRemembered) forget(clock.now())
    }
  }

  return async (
    { viewIds, keys, copies: lives = {} }: ReadFeaturesMessage,
    { readings, versions = [], marks, atUs }: ReadFeaturesReply,
  ): Promise<void> => {
    const atMs = atUs === undefined ? clock.now() : Math.floor(atUs / 1_000)
    const moment = atUs === undefined ? {} : { atUs }
    await Promise.all(
      keys.flatMap((entityKey, row) =>
        viewIds.map(async (viewId, at) => {
          const lifeMs = lives[viewId]
          const [reading, version] = [readings[row]?.[at], versions[at]]
          if (lifeMs === undefined || reading === undefined || version === undefined) return
          const own = { readings: [reading], versions: [version], marks, ...moment }
          const text = encodeCopy({ reading: own, atMs })
          if (text === undefined) return
          const key = await copyKey({ workspaceId, viewId, version }, entityKey)
          await writeOne(key, text, Math.ceil(lifeMs / 1_000))
        }),
      ),
    )
  }
}

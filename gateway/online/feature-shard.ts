import { causeOf } from '../cause-of.ts'
import {
  checkFormat,
  type DeliverMessage,
  type FeatureShardContract,
  type LogPiece,
  messageFormat,
  type Subscription,
  type ViewReading,
} from '../contracts.ts'
import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { createCatchUp } from './catch-up.ts'
import { createEntityPages } from './entity-pages.ts'
import { foldPieces } from './fold-pieces.ts'
import { createHandover } from './handover.ts'
import { createShardDefinitions } from './shard-definitions.ts'
import type { Marks, ShardStatements } from './shard-statements.ts'
import type { SplitStatements } from './split-statements.ts'
import { releaseTaken, type ShardIdentity } from './take-slots.ts'

/** Quiet after which the state is written, and the longest it waits under load. */
const quietMs = 5_000
const maxUnwrittenMs = 60_000

/**
 * The online state of one entity set: a fold of the partitions' logs that has no log of its own. Written
 * whole in one transaction after some quiet; after a restart it catches up before it serves.
 */
export function openFeatureShard(
  ports: Ports,
  { workspaceId, entitySetId, shard }: ShardIdentity,
  statements: ShardStatements,
  split: SplitStatements,
): FeatureShardContract & { alarm(): Promise<void> } {
  const { clock, storage, peers, report } = ports
  const stored = statements.shard()
  const handover = createHandover(storage, split, shard, {
    write: () => {
      const written = writeAll()
      return {
        marks: written,
        pagesPerSlot: pages.pagesPerSlot(),
        withheld: Object.fromEntries(withheld),
      }
    },
    settle: () => {
      settle(Object.fromEntries(marks))
      pages.dropForeign()
    },
  })
  const pages = createEntityPages(statements, stored.pagesPerSlot, handover.owns)
  const marks = new Map(Object.entries(stored.marks))
  let durable = new Map(marks)
  /** Views that cannot be served: an exception or a missing history stands between them and the truth. */
  const withheld = new Map(statements.views().map(({ view, status }) => [view, status]))
  const definitions = createShardDefinitions(peers, workspaceId, entitySetId)
  let dirtySinceMs = stored.dirty ? clock.now() : undefined
  let lastFoldMs = 0
  /** `view partition` pairs that are known to be subscribed: only then does a fold of them say anything. */
  const heard = new Set<string>()

  const duties = createDuties(ports, {
    checkpoint: async () => {
      const now = clock.now()
      if (dirtySinceMs === undefined) return undefined
      // A clock that was set back knows nothing of how quiet it is.
      const isQuiet = now < lastFoldMs || now - lastFoldMs >= quietMs
      if (!isQuiet && now - dirtySinceMs < maxUnwrittenMs) return now + quietMs
      settle(storage.transaction(writeAll))
      return undefined
    },
    release: () => releaseTaken(ports, { workspaceId, entitySetId, shard }),
  })
  if (split.releases()) duties.set('release', clock.now())

  /** Leaves no unwritten page, which is what makes the marks true; part of the caller's transaction. */
  const writeAll = () => {
    const written = Object.fromEntries(marks)
    pages.write(written)
    statements.setClean(pages.pagesPerSlot(), written)
    return written
  }
  const settle = (written: Marks) => {
    pages.settle()
    dirtySinceMs = undefined
    // No answer that says so leaves before it is confirmed.
    durable = new Map(Object.entries(written))
  }

  const withhold = (viewId: string, status: 'degraded' | 'backfilling', at: number) => {
    if (withheld.has(viewId)) return
    withheld.set(viewId, status)
    statements.setViewStatus(viewId, status, at)
  }

  /** A view is subscribed at this partition; what it was given before is left to a backfill. */
  const hear = (subscriptions: readonly Subscription[], partition: number) => {
    for (const { viewId, from } of subscriptions) {
      heard.add(`${viewId} ${partition}`)
      if (from >= 0) withhold(viewId, 'backfilling', from)
    }
  }

  /** The first fold after a checkpoint notes durably that the stored state lags behind. */
  const becomeDirty = () => {
    lastFoldMs = clock.now()
    if (dirtySinceMs !== undefined) return
    dirtySinceMs = lastFoldMs
    statements.setDirty()
    duties.set('checkpoint', lastFoldMs + quietMs)
  }

  const fold = (
    sourceId: string,
    partition: number,
    pieces: readonly LogPiece[],
    after: number,
    upTo: number,
  ) => {
    const source = definitions.source(sourceId)
    if (source === undefined) throw new Error(`No view of this shard reads source ${sourceId}.`)
    const views = definitions.viewsOf(source).filter(({ id }) => !withheld.has(id))
    foldPieces(pages, views, { sourceId, partition }, pieces, after, (viewId, offset, cause) => {
      withhold(viewId, 'degraded', offset)
      report('view degraded', { view: viewId, offset, cause: causeOf(cause) })
    })
    if (upTo <= after) return
    marks.set(partitionKey(sourceId, partition), upTo)
    becomeDirty()
  }

  /** Views that lack records answer nothing rather than an old value; what comes after is folded on. */
  const loseHistory = (source: ResolvedSource, partition: number, after: number, first: number) => {
    const losing = definitions.viewsOf(source).filter(({ id }) => !withheld.has(id))
    for (const { id } of losing) withhold(id, 'degraded', after)
    if (losing.length > 0) {
      report('history is missing', { source: source.id, partition, after, first })
    }
    marks.set(partitionKey(source.id, partition), first - 1)
  }

  const { becomeReady, listenFor } = createCatchUp(
    peers,
    { workspaceId, entitySetId, shard },
    {
      definitions,
      shards: handover.shards,
      isHeard: (viewId, partition) => heard.has(`${viewId} ${partition}`),
      mark: (sourceId, partition) => marks.get(partitionKey(sourceId, partition)) ?? -1,
      hear,
      fold,
      lose: loseHistory,
    },
  )

  /** Whoever knows of fewer shards takes slots for this one's that are not. */
  const movedFrom = (shards = 1) =>
    shards < handover.shards() ? { moved: handover.shards() } : undefined

  const deliver = async (message: DeliverMessage) => {
    checkFormat(message)
    const { sourceId, partition, after, upTo, pieces, damage, subscriptions } = message
    // Whoever asks for a durable mark that never comes finds an alarm lost, or years away by an earlier clock.
    const unwrittenMs = clock.now() - (dirtySinceMs ?? clock.now())
    const isLate = unwrittenMs < 0 || unwrittenMs > 2 * maxUnwrittenMs
    if (isLate) duties.set('checkpoint', clock.now())
    if (isLate) duties.wake()
    if (!definitions.knows(subscriptions.map(({ viewId }) => viewId))) await definitions.read()
    const key = partitionKey(sourceId, partition)
    handover.raise(message.shards ?? 1)
    hear(subscriptions, partition)
    const moved = movedFrom(message.shards)
    if (moved === undefined && after === (marks.get(key) ?? -1)) {
      const source = damage && definitions.source(sourceId)
      if (source !== undefined) loseHistory(source, partition, after, upTo + 1)
      fold(sourceId, partition, pieces, after, upTo)
    }
    return {
      format: messageFormat,
      ...moved,
      mark: marks.get(key) ?? -1,
      durable: durable.get(key) ?? -1,
    }
  }

  return {
    deliver,
    read: async message => {
      checkFormat(message)
      await becomeReady()
      await listenFor(message.viewIds)
      handover.raise(message.shards ?? 1)
      const moved = movedFrom(message.shards)
      if (moved !== undefined) return { format: messageFormat, ...moved, readings: [], marks: {} }
      const reading = (key: string, viewId: string): ViewReading => {
        if (withheld.has(viewId) || !definitions.knows([viewId])) return { status: 'unknown' }
        const state = pages.get(key, viewId)
        return state === undefined ? { status: 'missing' } : { status: 'present', state }
      }
      return {
        format: messageFormat,
        readings: message.keys.map(key => message.viewIds.map(viewId => reading(key, viewId))),
        marks: Object.fromEntries(marks),
      }
    },
    state: async message => {
      checkFormat(message)
      await becomeReady()
      return {
        format: messageFormat,
        marks: Object.fromEntries(marks),
        durable: Object.fromEntries(durable),
        withheld: Object.fromEntries(withheld),
      }
    },
    giveSlots: async message => {
      checkFormat(message)
      return handover.give(message)
    },
    releaseSlots: async message => {
      checkFormat(message)
      return handover.release(message)
    },
    alarm: () => duties.run(),
  }
}

function partitionKey(sourceId: string, partition: number): string {
  return `${sourceId}/${partition}`
}

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
import type { ResolvedSource, ResolvedView } from '../registry/resolved-definitions.ts'
import { createEntityPages } from './entity-pages.ts'
import { foldPieces } from './fold-pieces.ts'
import { shardStatements } from './shard-statements.ts'

export interface ShardIdentity {
  readonly workspaceId: string
  readonly entitySetId: string
  readonly shard: number
}

/** Quiet after which the state is written, and the longest it waits under load. */
const quietMs = 5_000
const maxUnwrittenMs = 60_000

/**
 * The online state of one entity set: a fold of the partitions' logs that has no log of its own. Written
 * whole in one transaction after some quiet; after a restart it catches up before it serves.
 */
export function createFeatureShard(
  ports: Ports,
  { workspaceId, entitySetId }: ShardIdentity,
): FeatureShardContract & { alarm(): Promise<void> } {
  const { clock, storage, peers, report } = ports
  const statements = shardStatements(storage)
  statements.createTables()
  const stored = statements.shard()
  const pages = createEntityPages(statements, stored.pagesPerSlot)
  const marks = new Map(Object.entries(stored.marks))
  let durable = new Map(marks)
  /** Views that cannot be served: an exception or a missing history stands between them and the truth. */
  const withheld = new Map(statements.views().map(({ view, status }) => [view, status]))
  let sources: readonly ResolvedSource[] = []
  let definitionsRead = false
  let dirtySinceMs = stored.dirty ? clock.now() : undefined
  let lastFoldMs = 0
  let ready: Promise<void> | undefined
  /** `view partition` pairs that are known to be subscribed: only then does a fold of them say anything. */
  const heard = new Set<string>()

  const duties = createDuties(ports, {
    checkpoint: async () => {
      const now = clock.now()
      if (dirtySinceMs === undefined) return undefined
      // A clock that was set back knows nothing of how quiet it is.
      const isQuiet = now < lastFoldMs || now - lastFoldMs >= quietMs
      if (!isQuiet && now - dirtySinceMs < maxUnwrittenMs) return now + quietMs
      const written = Object.fromEntries(marks)
      storage.transaction(() => {
        pages.write(written)
        statements.setClean(pages.pagesPerSlot(), written)
      })
      pages.settle()
      dirtySinceMs = undefined
      await storage.sync()
      durable = new Map(Object.entries(written))
      return undefined
    },
  })

  const viewsOf = (source: ResolvedSource): ResolvedView[] =>
    source.views.filter(view => view.entitySetId === entitySetId)

  const readDefinitions = async () => {
    const definitions = await peers.registry(workspaceId).definitions({ format: messageFormat })
    sources = (definitions?.sources ?? []).filter(source => viewsOf(source).length > 0)
    definitionsRead = true
  }

  const knows = (viewIds: readonly string[]) => {
    const known = new Set(sources.flatMap(viewsOf).map(({ id }) => id))
    return definitionsRead && viewIds.every(id => known.has(id))
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
    const source = sources.find(({ id }) => id === sourceId)
    if (source === undefined) throw new Error(`No view of this shard reads source ${sourceId}.`)
    const views = viewsOf(source).filter(({ id }) => !withheld.has(id))
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
    const losing = viewsOf(source).filter(({ id }) => !withheld.has(id))
    for (const { id } of losing) withhold(id, 'degraded', after)
    if (losing.length > 0) {
      report('history is missing', { source: source.id, partition, after, first })
    }
    marks.set(partitionKey(source.id, partition), first - 1)
  }

  const catchUpWith = async (source: ResolvedSource, partition: number) => {
    const key = partitionKey(source.id, partition)
    const peer = peers.partition(workspaceId, source.id, partition)
    for (;;) {
      const after = marks.get(key) ?? -1
      const { version } = source
      const whom = { entitySetId, shard: 0, shards: 1 }
      const reply = await peer.catchUp({ format: messageFormat, ...whom, after, version })
      hear(reply.subscriptions, partition)
      if ((marks.get(key) ?? -1) !== after) continue
      if (reply.outcome === 'forgotten') {
        loseHistory(source, partition, after, reply.first)
        continue
      }
      if (reply.outcome === 'corrupt') {
        loseHistory(source, partition, after, reply.damage.end)
        continue
      }
      fold(source.id, partition, reply.pieces, after, reply.upTo)
      if (reply.upTo >= reply.last) return
    }
  }

  const catchUp = async () => {
    await readDefinitions()
    const partitions = sources.flatMap(source =>
      partitionsOf(source).map(partition => ({ source, partition })),
    )
    await Promise.all(partitions.map(at => catchUpWith(at.source, at.partition)))
  }

  /** A view that was applied after the last catch-up: asks the partitions that have not spoken of it. */
  const listenFor = async (viewIds: readonly string[]) => {
    if (!knows(viewIds)) await readDefinitions()
    const silent = sources.flatMap(source =>
      viewsOf(source)
        .filter(({ id }) => viewIds.includes(id))
        .flatMap(({ id }) => partitionsOf(source).filter(at => !heard.has(`${id} ${at}`)))
        .map(partition => ({ source, partition })),
    )
    await Promise.all(silent.map(at => catchUpWith(at.source, at.partition)))
  }

  const becomeReady = (): Promise<void> => {
    ready ??= catchUp().catch(cause => {
      ready = undefined
      throw cause
    })
    return ready
  }

  const deliver = async (message: DeliverMessage) => {
    checkFormat(message)
    const { sourceId, partition, after, upTo, pieces, damage, subscriptions } = message
    // Whoever asks for a durable mark that never comes finds an alarm lost, or years away by an earlier clock.
    const unwrittenMs = clock.now() - (dirtySinceMs ?? clock.now())
    const isLate = unwrittenMs < 0 || unwrittenMs > 2 * maxUnwrittenMs
    if (isLate) duties.set('checkpoint', clock.now())
    if (isLate) duties.wake()
    if (!knows(subscriptions.map(({ viewId }) => viewId))) await readDefinitions()
    const key = partitionKey(sourceId, partition)
    hear(subscriptions, partition)
    if (after === (marks.get(key) ?? -1)) {
      const source = damage && sources.find(({ id }) => id === sourceId)
      if (source !== undefined) loseHistory(source, partition, after, upTo + 1)
      fold(sourceId, partition, pieces, after, upTo)
    }
    return {
      format: messageFormat,
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
      const reading = (key: string, viewId: string): ViewReading => {
        if (withheld.has(viewId) || !knows([viewId])) return { status: 'unknown' }
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
    alarm: () => duties.run(),
  }
}

function partitionsOf({ partitions }: ResolvedSource): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition)
}

function partitionKey(sourceId: string, partition: number): string {
  return `${sourceId}/${partition}`
}

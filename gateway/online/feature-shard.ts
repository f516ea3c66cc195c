import { parseRecords } from '../canonical-records.ts'
import { causeOf } from '../cause-of.ts'
import {
  checkFormat,
  type DeliverMessage,
  type FeatureShardContract,
  type LogPiece,
  messageFormat,
  type ViewReading,
} from '../contracts.ts'
import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import type { ResolvedSource, ResolvedView } from '../registry/resolved-definitions.ts'
import { entityKeyOf } from './entity-key.ts'
import { createEntityPages } from './entity-pages.ts'
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

  const duties = createDuties(ports, {
    checkpoint: async () => {
      const now = clock.now()
      if (dirtySinceMs === undefined) return undefined
      if (now - lastFoldMs < quietMs && now - dirtySinceMs < maxUnwrittenMs) return now + quietMs
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

  /** The first fold after a checkpoint notes durably that the stored state lags behind. */
  const becomeDirty = () => {
    lastFoldMs = clock.now()
    if (dirtySinceMs !== undefined) return
    dirtySinceMs = lastFoldMs
    statements.setDirty()
    duties.set('checkpoint', lastFoldMs + quietMs)
  }

  const foldPiece = (source: ResolvedSource, partition: number, piece: LogPiece, after: number) => {
    const { start, steps, ingestUs } = piece
    const key = partitionKey(source.id, partition)
    const views = viewsOf(source)
    // Folds are total: what a view cannot fold leaves that view out, never the others.
    const leaveOut = (viewId: string, offset: number, cause: unknown) => {
      withhold(viewId, 'degraded', offset)
      report('view degraded', { view: viewId, offset, cause: causeOf(cause) })
    }
    try {
      for (const [at, record] of parseRecords(piece.text).entries()) {
        const offset = start + (steps?.[at] ?? at)
        if (offset <= after) continue
        for (const view of views) {
          if (withheld.has(view.id)) continue
          try {
            const eventTime = record[view.timestampField]
            if (typeof eventTime !== 'string') continue
            const values = view.features.map(name => record[name] ?? null)
            const next = { eventTime, ingestUs, partition, offset, values }
            pages.fold(entityKeyOf(view.joinKeys, record), view.id, key, next)
          } catch (cause) {
            leaveOut(view.id, offset, cause)
          }
        }
      }
    } catch (cause) {
      for (const { id } of views) leaveOut(id, start, cause)
    }
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
    for (const piece of pieces) foldPiece(source, partition, piece, after)
    if (upTo <= after) return
    marks.set(partitionKey(sourceId, partition), upTo)
    becomeDirty()
  }

  /** Views that lack records answer nothing rather than an old value; what comes after is folded on. */
  const loseHistory = (source: ResolvedSource, partition: number, after: number, first: number) => {
    for (const { id } of viewsOf(source)) withhold(id, 'degraded', after)
    report('history is missing', { source: source.id, partition, after, first })
    marks.set(partitionKey(source.id, partition), first - 1)
  }

  const catchUpWith = async (source: ResolvedSource, partition: number) => {
    const key = partitionKey(source.id, partition)
    const peer = peers.partition(workspaceId, source.id, partition)
    for (;;) {
      const after = marks.get(key) ?? -1
      const reply = await peer.catchUp({ format: messageFormat, entitySetId, after })
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
      Array.from({ length: source.partitions }, (_, partition) => ({ source, partition })),
    )
    await Promise.all(partitions.map(at => catchUpWith(at.source, at.partition)))
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
    // Whoever asks for a durable mark that never comes finds an alarm that was lost.
    if (dirtySinceMs !== undefined && clock.now() - dirtySinceMs > 2 * maxUnwrittenMs) duties.wake()
    if (!knows(subscriptions.map(({ viewId }) => viewId))) await readDefinitions()
    const key = partitionKey(sourceId, partition)
    for (const { viewId, from } of subscriptions) {
      if (from >= 0) withhold(viewId, 'backfilling', from)
    }
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
      if (!knows(message.viewIds)) await readDefinitions()
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

function partitionKey(sourceId: string, partition: number): string {
  return `${sourceId}/${partition}`
}

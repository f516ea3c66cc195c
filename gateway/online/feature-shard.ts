import type { DeliverMessage, FeatureShardContract } from '../contracts/feature-shard-contract.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import { complete, createBackfill, progressOf } from './backfill.ts'
import { createCatchUp } from './catch-up.ts'
import { createCheckpoint } from './checkpoint.ts'
import { createEntityPages, type EntityPages } from './entity-pages.ts'
import { createFoldMarks, partitionKey } from './fold-marks.ts'
import { createHandover } from './handover.ts'
import { pageStatements } from './page-statements.ts'
import { readStates } from './read-states.ts'
import { createShardDefinitions, newestOf } from './shard-definitions.ts'
import { createShardFolds } from './shard-folds.ts'
import type { ShardStatements } from './shard-statements.ts'
import { createShardViews } from './shard-views.ts'
import type { SplitStatements } from './split-statements.ts'
import { releaseTaken, type ShardIdentity } from './take-slots.ts'
import type { FoldLatest } from './view-rule.ts'

/** A backfill that nobody has seen at work for so long has lost its alarm. */
const nudgeMs = 60_000

/**
 * The online state of one entity set: a fold of the partitions' logs that has no log of its own. Its pages
 * are read when they are wanted and written after some quiet, or alone when they have to make room; after a
 * restart it catches up before it serves.
 */
export function openFeatureShard(
  ports: Ports,
  identity: ShardIdentity,
  statements: ShardStatements,
  split: SplitStatements,
  fold?: FoldLatest,
): FeatureShardContract & { alarm(): Promise<void> } {
  const { clock, storage, peers } = ports
  const { workspaceId, entitySetId, shard } = identity
  const stored = statements.shard()
  const marks = createFoldMarks(stored)
  const views = createShardViews(statements, marks)
  const retain = (viewIds: ReadonlySet<string>) => {
    views.retain(viewIds)
    folds.retain(viewIds)
  }
  const definitions = createShardDefinitions(peers, workspaceId, entitySetId, retain, fold)
  const handover = createHandover(storage, split, shard, {
    write: () => {
      const written = checkpoint.write()
      const { pagesPerSlot } = stored
      return { written, gift: { ...written.marks, pagesPerSlot, views: statements.views() } }
    },
    settle: written => {
      checkpoint.settle(written)
      pages.dropForeign()
    },
  })
  const pages: EntityPages = createEntityPages({
    storage,
    statements: pageStatements(storage, stored.pagesPerSlot),
    sizes: ports.pageSizes,
    marks,
    isWanted: views.isWanted,
    owns: handover.owns,
  })
  const folds = createShardFolds(ports, {
    definitions,
    views,
    marks,
    pages,
    becomeDirty: () => {
      const dueMs = checkpoint.begin()
      if (dueMs !== undefined) duties.set('checkpoint', dueMs)
    },
    wantHistory: () => duties.set('backfill', clock.now()),
  })
  const checkpoint = createCheckpoint(clock, storage, statements, {
    pages,
    marks,
    views,
    isDirty: stored.dirty,
    complete: () => complete(definitions, views, marks, folds.heardFrom),
  })
  const { becomeReady, listenFor } = createCatchUp(peers, identity, {
    definitions,
    shards: handover.shards,
    isHeard: (viewId, key) => folds.heardFrom(viewId, key) !== undefined,
    mark: marks.of,
    hear: folds.hear,
    fold: folds.foldLive,
    lose: folds.lose,
  })
  const backfill = createBackfill(ports, {
    workspaceId,
    definitions,
    views,
    marks,
    // A page may have folded more than the shard knows until it has caught up: what is left to the history
    // of a rebuild must hold that, since the page takes it for folded when it is delivered.
    listenFor: async viewIds => {
      await becomeReady()
      await listenFor(viewIds)
    },
    heardFrom: folds.heardFrom,
    fold: folds.foldHistory,
    degrade: folds.loseRebuild,
    store: checkpoint.store,
  })
  const duties = createDuties(ports, {
    checkpoint: async () => {
      const dueMs = checkpoint.dueMs()
      if (dueMs === undefined || dueMs > clock.now()) return dueMs
      checkpoint.store()
      return undefined
    },
    backfill: backfill.run,
    release: () => releaseTaken(ports, identity),
  })
  if (split.releases()) duties.set('release', clock.now())
  if (views.isHistoryWanted(clock.now())) duties.set('backfill', clock.now())

  let nudgedMs = clock.now()
  /** Whoever asks for a view that is not served finds an alarm that was lost, or begins its next rebuild. */
  const nudge = () => {
    const sinceMs = clock.now() - nudgedMs
    if (sinceMs >= 0 && sinceMs < nudgeMs) return
    nudgedMs = clock.now()
    if (views.isHistoryWanted(nudgedMs)) duties.set('backfill', nudgedMs)
    duties.wake()
  }

  /** Whoever knows of fewer shards takes slots for this one's that are not. */
  const movedFrom = (shards = 1) =>
    shards < handover.shards() ? { moved: handover.shards() } : undefined

  /** The source of a delivery, with every view that it speaks of and the partition it comes from. */
  const sourceOf = async ({ sourceId, partition, pieces, subscriptions }: DeliverMessage) => {
    const viewIds = subscriptions.map(({ viewId }) => viewId)
    const isNew = partition >= (definitions.source(sourceId)?.partitions ?? 0)
    if (isNew || !definitions.knows(viewIds)) await definitions.read()
    await definitions.readUpTo(sourceId, newestOf(pieces))
    const source = definitions.source(sourceId)
    if (source !== undefined && definitions.knows(viewIds)) return source
    throw new Error(`Some views of source ${sourceId} are not known to this shard yet.`)
  }

  const deliver = async (message: DeliverMessage) => {
    checkFormat(message)
    const { sourceId, partition, after, upTo, pieces, damage, subscriptions } = message
    // Whoever asks for a durable mark that never comes finds an alarm lost, or years away by an earlier clock.
    if (checkpoint.isLate()) {
      duties.set('checkpoint', clock.now())
      duties.wake()
    }
    const source = await sourceOf(message)
    const key = partitionKey(sourceId, partition)
    handover.raise(message.shards ?? 1)
    folds.hear(source, partition, subscriptions)
    const moved = movedFrom(message.shards)
    if (moved === undefined && after === marks.of(key)) {
      if (damage === undefined) folds.foldLive(source, partition, pieces, after, upTo)
      else folds.lose(source, partition, after, upTo + 1)
    }
    return { format: messageFormat, ...moved, mark: marks.of(key), durable: marks.durable(key) }
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
      const isServed = (id: string) => views.status(id) === 'served' && definitions.knows([id])
      if (!message.viewIds.every(isServed)) nudge()
      const rules = message.viewIds.map(id =>
        isServed(id) ? { rule: definitions.ruleOfId(id), stateKey: views.stateKey(id) } : undefined,
      )
      const { readings, atUs } = readStates(pages.get, rules, message, clock.now())
      return {
        format: messageFormat,
        readings,
        atUs,
        versions: message.viewIds.map(definitions.versionOf),
        marks: Object.fromEntries(marks.live),
      }
    },
    state: async message => {
      checkFormat(message)
      await becomeReady()
      const withheld = views.withheld()
      if (Object.keys(withheld).length > 0) nudge()
      return {
        format: messageFormat,
        marks: Object.fromEntries(marks.live),
        durable: marks.durableLive(),
        withheld,
        progress: progressOf(views, marks),
      }
    },
    refresh: async message => {
      checkFormat(message)
      await definitions.read()
      return { format: messageFormat }
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

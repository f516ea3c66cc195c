import type { LogPiece } from '../contracts/message.ts'
import { readHistory } from '../offline/read-history.ts'
import type { Ports } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { type FoldMarks, partitionKey } from './fold-marks.ts'
import type { FoldedView } from './fold-pieces.ts'
import type { ShardDefinitions } from './shard-definitions.ts'
import type { ShardViews } from './shard-views.ts'
import type { ViewRule } from './view-rule.ts'

/** What a backfill reads of its shard and does to it. */
export interface BackfilledShard {
  readonly workspaceId: string
  readonly definitions: ShardDefinitions
  readonly views: ShardViews
  readonly marks: FoldMarks
  /** Asks the partitions that have not said yet from where on a view is subscribed. */
  listenFor(viewIds: readonly string[]): Promise<void>
  /** Where deliveries to a view begin at a partition, -1 for the beginning; nothing while it is unheard. */
  heardFrom(viewId: string, partition: string): number | undefined
  fold(
    source: ResolvedSource,
    views: readonly FoldedView[],
    partition: number,
    pieces: readonly LogPiece[],
    upTo: number,
  ): void
  degrade(viewId: string, reason: string): void
  /** Writes everything that is not written, and serves what is complete. */
  store(): void
}

/** After so long other duties of the shard come first. */
const turnMs = 5_000

interface Remaining {
  readonly source: ResolvedSource
  readonly partition: number
}

/**
 * Folds the history of views that deliveries left to it, and of views that lacked records and are built
 * anew: partition by partition, in the order of offsets, a slice at a time, while deliveries go on. Cost:
 * a reading of the partitions' parts and tails for all views at once that lack it.
 */
export function createBackfill(ports: Ports, shard: BackfilledShard) {
  const { clock } = ports
  const { workspaceId, definitions, views, marks } = shard

  const partitionsOf = ({ id, partitions }: ResolvedSource) =>
    Array.from({ length: partitions }, (_, partition) => partitionKey(id, partition))

  /** A degraded view starts again: history is what the shard was delivered by now, or never is. */
  const beginRebuilds = () => {
    for (const source of definitions.sources()) {
      for (const { id } of definitions.viewsOf(source)) {
        if (!views.isDue(id, clock.now())) continue
        const wanted: { [partition: string]: number } = {}
        for (const key of partitionsOf(source)) {
          const upTo = Math.max(marks.of(key), shard.heardFrom(id, key) ?? -1)
          if (upTo >= 0) wanted[key] = upTo
        }
        views.beginRebuild(id, wanted)
      }
    }
  }

  const isLeft = (id: string, key: string) =>
    views.status(id) === 'backfilling' &&
    marks.of(views.streamOf(id, key)) < views.leftToHistory(id, key)

  const findRemaining = (): Remaining | undefined => {
    for (const source of definitions.sources()) {
      for (const [partition, key] of partitionsOf(source).entries()) {
        const left = definitions.viewsOf(source).some(({ id }) => isLeft(id, key))
        if (left) return { source, partition }
      }
    }
    return undefined
  }

  /** The views that lack history of a partition, as they stand at this moment. */
  const lacking = ({ source, partition }: Remaining): (FoldedView & { rule: ViewRule })[] => {
    const key = partitionKey(source.id, partition)
    return definitions
      .viewsOf(source)
      .filter(({ id }) => isLeft(id, key))
      .map(view => {
        const stream = views.streamOf(view.id, key)
        const bounds = { after: marks.of(stream), upTo: views.leftToHistory(view.id, key) }
        const rule = definitions.ruleOf(source, view)
        const { id, joinKeys } = view
        return { id, joinKeys, rule, stateKey: views.stateKey(id), stream, ...bounds }
      })
  }

  const foldHistory = async (remaining: Remaining, untilMs: number): Promise<void> => {
    const { source, partition } = remaining
    let folded = lacking(remaining)
    const begun = new Set(folded.map(({ stream }) => stream))
    const after = Math.min(...folded.map(view => view.after))
    const upTo = Math.max(...folded.map(view => view.upTo))
    const { logOffline } = source
    const { fields: all, translator } = definitions.versionsOf(source)
    // Texts of parts need hold no more than what is folded, or what rows are made of.
    const fields = all.filter(
      ({ name }) =>
        translator?.inputs.has(name) ?? folded.some(({ rule }) => rule.inputs.has(name)),
    )
    const where = { workspaceId, sourceId: source.id, fields, logOffline, partition }
    for await (const step of readHistory(ports, { ...where, after, upTo })) {
      // Anything may have happened meanwhile: a view is degraded, or another one lacks history too.
      folded = lacking(remaining).filter(({ stream }) => begun.has(stream))
      if ('missing' in step) {
        for (const { id } of folded) shard.degrade(id, step.reason)
        return
      }
      if (folded.length === 0) return
      shard.fold(source, folded, partition, step.pieces, step.upTo)
      await clock.sleep(0)
      if (clock.now() >= untilMs) return
    }
  }

  return {
    /** A turn of the work; gives when to come again. */
    async run(): Promise<number | undefined> {
      const untilMs = clock.now() + turnMs
      await definitions.read()
      await shard.listenFor([...views.ids('backfilling'), ...views.ids('degraded')])
      beginRebuilds()
      for (;;) {
        const remaining = findRemaining()
        if (remaining === undefined) break
        await foldHistory(remaining, untilMs)
        if (clock.now() >= untilMs) return clock.now()
      }
      if (complete(definitions, views, marks, shard.heardFrom).length > 0) shard.store()
      return views.ids('backfilling').length > 0 ? clock.now() + turnMs : undefined
    },
  }
}

/** Views that lack nothing any more: every partition has spoken, and what it left to history is folded. */
export function complete(
  definitions: ShardDefinitions,
  views: ShardViews,
  marks: FoldMarks,
  heardFrom: (viewId: string, partition: string) => number | undefined,
): string[] {
  const isWhole = ({ id, partitions }: ResolvedSource, viewId: string) =>
    Array.from({ length: partitions }, (_, partition) => partitionKey(id, partition)).every(
      key =>
        heardFrom(viewId, key) !== undefined &&
        marks.of(views.streamOf(viewId, key)) >= views.leftToHistory(viewId, key),
    )
  return definitions
    .sources()
    .flatMap(source => definitions.viewsOf(source).map(({ id }) => ({ source, id })))
    .filter(({ source, id }) => views.status(id) === 'backfilling' && isWhole(source, id))
    .map(({ id }) => id)
}

/** How much of its history each backfilled view has folded: offsets, over all partitions. */
export function progressOf(
  views: ShardViews,
  marks: FoldMarks,
): { readonly [viewId: string]: { readonly folded: number; readonly wanted: number } } {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one + 1, 0)
  return Object.fromEntries(
    views.ids('backfilling').map(id => {
      const wanted = views.wanted(id)
      const folded = wanted.map(([key]) => marks.of(views.streamOf(id, key)))
      return [id, { folded: sum(folded), wanted: sum(wanted.map(([, upTo]) => upTo)) }]
    }),
  )
}

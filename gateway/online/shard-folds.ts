import { causeOf } from '../cause-of.ts'
import type { LogPiece, Subscription } from '../contracts/message.ts'
import type { Clock, Report } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import type { EntityPages } from './entity-pages.ts'
import { type FoldMarks, partitionKey } from './fold-marks.ts'
import { type FoldedView, foldPieces, type LeaveOut, type LeftBehind } from './fold-pieces.ts'
import { forgetPieces } from './forget-pieces.ts'
import type { ShardDefinitions } from './shard-definitions.ts'
import type { ShardViews } from './shard-views.ts'

/** A view whose rebuild met what degraded it is tried again after so long. */
const rebuildAgainMs = 3_600_000

export interface ShardFolds {
  /** Where deliveries to a view begin at a partition; nothing while the partition has not said. */
  heardFrom(viewId: string, partition: string): number | undefined
  /** Forgets what partitions said of views that are declared no more. */
  retain(viewIds: ReadonlySet<string>): void
  /** What a partition says of its views: from where on it delivers to each, the rest is history. */
  hear(source: ResolvedSource, partition: number, subscriptions: readonly Subscription[]): void
  /** Folds what a partition delivers, (after, upTo], into all views that it has spoken of and that are not degraded. */
  foldLive(
    source: ResolvedSource,
    partition: number,
    pieces: readonly LogPiece[],
    after: number,
    upTo: number,
  ): void
  /** Folds a slice of a partition's history up to an offset into the views that lack it. */
  foldHistory(
    source: ResolvedSource,
    views: readonly FoldedView[],
    partition: number,
    pieces: readonly LogPiece[],
    upTo: number,
  ): void
  /** Records in (after, first) are never delivered: views that lack them are rebuilt. */
  lose(source: ResolvedSource, partition: number, after: number, first: number): void
  /** History that a view needs cannot be read. */
  loseRebuild(viewId: string, reason: string): void
}

/** Everything that moves a shard's marks: deliveries, slices of history, and what neither can have. */
export function createShardFolds(
  { clock, report }: { readonly clock: Clock; readonly report: Report },
  shard: {
    readonly definitions: ShardDefinitions
    readonly views: ShardViews
    readonly marks: FoldMarks
    readonly pages: Pick<
      EntityPages,
      'open' | 'change' | 'replace' | 'restore' | 'store' | 'get' | 'drop'
    >
    /** Something is about to change that is not written. */
    becomeDirty(): void
    /** A view lacks history from now on. */
    wantHistory(): void
  },
): ShardFolds {
  const { definitions, views, marks, pages } = shard
  const heard = new Map<string, number>()

  const degrade = (viewId: string, reason: string, isRebuild: boolean): boolean => {
    // What stops a rebuild stops the next one too: that waits, and then for somebody who asks for the view.
    const isNews = views.degrade(viewId, reason, clock.now() + (isRebuild ? rebuildAgainMs : 0))
    if (!isRebuild) shard.wantHistory()
    return isNews
  }

  /** Folds pieces into views; gives how far all of them are folded, also where storage fails on the way. */
  const foldInto = (
    source: ResolvedSource,
    folded: readonly FoldedView[],
    partition: number,
    pieces: readonly LogPiece[],
    upTo: number,
    reach: (upTo: number) => void,
  ) => {
    const after = Math.min(upTo, ...folded.map(view => view.after))
    const position = { offset: after + 1, streams: folded }
    shard.becomeDirty()
    let reached: number | undefined
    let left: readonly LeftBehind[] = []
    const leaveOut: LeaveOut = {
      view(viewId, offset, cause) {
        const reason = `its fold failed at offset ${offset} of partition ${partition}`
        if (!degrade(viewId, reason, views.status(viewId) === 'backfilling')) return
        report('view degraded', { view: viewId, offset, cause: causeOf(cause) })
      },
      entity(viewId, offset) {
        report('entity too large', { view: viewId, source: source.id, partition, offset })
      },
    }
    const making = definitions.versionsOf(source)
    try {
      left = foldPieces(pages, folded, partition, pieces, position, leaveOut, making)
      reached = upTo
    } finally {
      reach(reached ?? position.offset - 1)
    }
    // Only now: a page that is written to make room says how far the marks have come.
    for (const { view, ...tile } of left) {
      if (view.rule.plan !== undefined) forgetPieces(pages, view.rule.plan, tile)
    }
  }

  return {
    heardFrom: (viewId, partition) => heard.get(`${viewId} ${partition}`),
    retain(viewIds) {
      for (const key of heard.keys()) {
        if (!viewIds.has(key.slice(0, key.indexOf(' ')))) heard.delete(key)
      }
    },
    hear(source, partition, subscriptions) {
      const key = partitionKey(source.id, partition)
      let needed = Infinity
      for (const { viewId, from } of subscriptions) {
        heard.set(`${viewId} ${key}`, from)
        if (from > views.leftToHistory(viewId, key)) {
          views.leave(viewId, key, from)
          shard.wantHistory()
        }
        needed = Math.min(needed, from)
      }
      // Nobody needs to be delivered what every view leaves to its history.
      if (needed !== Infinity && needed > marks.of(key)) marks.live.set(key, needed)
    },
    foldLive(source, partition, pieces, after, upTo) {
      if (upTo <= after) return
      const key = partitionKey(source.id, partition)
      const folded = definitions
        .viewsOf(source)
        // What comes before a partition speaks of a view is left to its history, whatever is known of it here.
        .filter(({ id }) => views.status(id) !== 'degraded' && heard.has(`${id} ${key}`))
        .map(view => ({
          id: view.id,
          joinKeys: view.joinKeys,
          rule: definitions.ruleOf(source, view),
          stateKey: views.stateKey(view.id),
          stream: key,
          after: Math.max(after, views.leftToHistory(view.id, key)),
          upTo: Infinity,
        }))
      foldInto(source, folded, partition, pieces, upTo, reached =>
        marks.live.set(key, Math.max(after, reached)),
      )
    },
    foldHistory(source, folded, partition, pieces, upTo) {
      foldInto(source, folded, partition, pieces, upTo, reached => {
        for (const { stream, after, upTo } of folded) {
          const at = Math.max(after, Math.min(reached, upTo))
          // The stream of a view that was degraded on the way is there no more.
          if (marks.backfills.has(stream)) marks.backfills.set(stream, at)
        }
      })
    },
    lose(source, partition, after, first) {
      const key = partitionKey(source.id, partition)
      let isNews = false
      for (const { id } of definitions.viewsOf(source)) {
        const from = views.leftToHistory(id, key)
        if (views.status(id) === 'degraded' || from >= first - 1) continue
        const reason = `offsets above ${after} of partition ${partition} are gone`
        isNews = degrade(id, reason, false) || isNews
      }
      if (isNews) report('history is missing', { source: source.id, partition, after, first })
      shard.becomeDirty()
      marks.live.set(key, Math.max(first - 1, marks.of(key)))
    },
    loseRebuild(viewId, reason) {
      if (degrade(viewId, reason, true)) report('history is missing', { view: viewId, reason })
    },
  }
}

import type { StoredView, ViewStatus } from '../view-state.ts'
import type { FoldMarks, Marks } from './fold-marks.ts'
import type { ShardStatements } from './shard-statements.ts'

/** How a shard stands to its views: which it serves, and what it still folds of the others' history. */
export interface ShardViews {
  status(viewId: string): ViewStatus
  /** What a view's states are kept under: its id, and its generation once it was rebuilt. */
  stateKey(viewId: string): string
  /** Whether states under a key are of a view's present generation, and the view is still declared. */
  isWanted(stateKey: string): boolean
  /** Forgets what it holds of views that are declared no more; their states go as their pages are read and written. */
  retain(viewIds: ReadonlySet<string>): void
  /** The last offset of a partition that deliveries leave to history, -1 for none. */
  leftToHistory(viewId: string, partition: string): number
  /** Partitions of a view with offsets that are left to history. */
  wanted(viewId: string): readonly [partition: string, upTo: number][]
  /** The stream in which a partition's history is folded into a view. */
  streamOf(viewId: string, partition: string): string
  ids(status: ViewStatus): string[]
  withheld(): { readonly [viewId: string]: string }
  /** Leaves what is at or under an offset to history. */
  leave(viewId: string, partition: string, upTo: number): void
  /** Says nothing of a view until it is rebuilt; gives whether this is news. */
  degrade(viewId: string, reason: string, againMs: number): boolean
  /** Whether any view is backfilled, or due to be rebuilt. */
  isHistoryWanted(nowMs: number): boolean
  isDue(viewId: string, nowMs: number): boolean
  /** Forgets what a view's states are and begins to fold it anew, history up to `wanted`. */
  beginRebuild(viewId: string, wanted: Marks): void
  /** Stores that a view is served; part of the transaction that leaves no unwritten page. */
  storeServed(viewId: string): void
  /** Takes it as stored. */
  serve(viewId: string): void
}

export function createShardViews(
  statements: Pick<ShardStatements, 'views' | 'setView' | 'dropView'>,
  marks: FoldMarks,
): ShardViews {
  const stored = new Map(statements.views().map(view => [view.view, view]))
  let isAnyRebuilt = false
  /** Absent before the definitions were read. */
  let declared: ReadonlySet<string> | undefined

  const viewOf = (view: string): StoredView =>
    stored.get(view) ?? { view, status: 'served', generation: 0, wanted: {} }
  const keyOf = ({ view, generation }: StoredView) =>
    generation === 0 ? view : `${view}#${generation}`
  const streamOf = (viewId: string, partition: string) => `${keyOf(viewOf(viewId))} ${partition}`

  /** The streams of a view's history are there while it is backfilled, and only then. */
  const setStreams = (view: StoredView) => {
    if (view.generation > 0) isAnyRebuilt = true
    for (const partition of Object.keys(view.wanted)) {
      const stream = `${keyOf(view)} ${partition}`
      if (view.status !== 'backfilling') marks.backfills.delete(stream)
      else if (!marks.backfills.has(stream)) marks.backfills.set(stream, -1)
    }
  }
  const change = (view: StoredView) => {
    statements.setView(view)
    stored.set(view.view, view)
    setStreams(view)
  }
  for (const view of stored.values()) setStreams(view)

  const servedView = (viewId: string): StoredView => {
    const { view, generation, wanted } = viewOf(viewId)
    return { view, status: 'served', generation, wanted }
  }

  return {
    status: viewId => viewOf(viewId).status,
    stateKey: viewId => keyOf(viewOf(viewId)),
    isWanted(stateKey) {
      if (!isAnyRebuilt && declared === undefined) return true
      const [viewId = ''] = stateKey.split('#')
      return declared?.has(viewId) !== false && keyOf(viewOf(viewId)) === stateKey
    },
    retain(viewIds) {
      declared = viewIds
      for (const view of stored.values()) {
        if (viewIds.has(view.view)) continue
        for (const partition of Object.keys(view.wanted)) {
          marks.backfills.delete(`${keyOf(view)} ${partition}`)
        }
        stored.delete(view.view)
        statements.dropView(view.view)
      }
    },
    leftToHistory: (viewId, partition) => viewOf(viewId).wanted[partition] ?? -1,
    wanted: viewId => Object.entries(viewOf(viewId).wanted),
    streamOf,
    ids: status =>
      [...stored.values()].filter(view => view.status === status).map(({ view }) => view),
    withheld: () =>
      Object.fromEntries(
        [...stored.values()]
          .filter(({ status }) => status !== 'served')
          .map(({ view, status }) => [view, status]),
      ),
    leave(viewId, partition, upTo) {
      const view = viewOf(viewId)
      if (view.status === 'degraded' || upTo <= (view.wanted[partition] ?? -1)) return
      change({ ...view, status: 'backfilling', wanted: { ...view.wanted, [partition]: upTo } })
    },
    degrade(viewId, reason, againMs) {
      const view = viewOf(viewId)
      if (view.status === 'degraded') return false
      change({ ...view, status: 'degraded', reason, againMs })
      return view.reason !== reason
    },
    isHistoryWanted: nowMs =>
      [...stored.values()].some(view => view.status === 'backfilling' || isDue(view, nowMs)),
    isDue: (viewId, nowMs) => isDue(viewOf(viewId), nowMs),
    beginRebuild(viewId, wanted) {
      const { view, generation, reason } = viewOf(viewId)
      const kept = reason === undefined ? {} : { reason }
      change({ view, status: 'backfilling', generation: generation + 1, wanted, ...kept })
    },
    storeServed: viewId => void statements.setView(servedView(viewId)),
    serve(viewId) {
      const view = servedView(viewId)
      stored.set(viewId, view)
      setStreams(view)
    },
  }
}

function isDue({ status, againMs = 0 }: StoredView, nowMs: number): boolean {
  return status === 'degraded' && againMs <= nowMs
}

import type { AggregationPlan } from './aggregation-plan.ts'
import type { EventsState, NodeState } from './entity-state.ts'
import { itemKeyOf } from './item-key.ts'
import { foldMoments, noEvents } from './keep-event.ts'
import { type KeptEvent, recordOf } from './kept-event.ts'
import { foldStates, heads, type KeyedStates, mergeRows, rowsBytes, rowsOf } from './tile-rows.ts'

/** What becomes of the records of a tile that one item has no room for. */
export interface DividedTile {
  /** What the item holds from now on. */
  readonly state: EventsState | NodeState
  /** The items that have its records from now on; none where folding those of one moment together was enough. */
  readonly pieces: readonly (readonly [itemKey: string, state: EventsState])[]
}

/**
 * Tiles that take so many times what their records do, as those of many secondary keys and functions may, would fill
 * their row before the records fill one.
 */
const mostTimesTheRecords = 2
/** What tiles may take whatever their records do. */
const littleBytes = 16_384

/**
 * Divides the records of a tile among the tiles of the given level that it consists of. Changes nothing that it was
 * given. Nothing where there is one record, or tiles would take more than the records. Cost: a fold of each record.
 */
export function divideTile(
  plan: AggregationPlan,
  entityKey: string,
  { level, widthUs }: { readonly level: number; readonly widthUs: number },
  whole: EventsState,
  maxBytes: number,
): DividedTile | undefined {
  const { tiled } = plan
  if (whole.count === 1 && whole.moments.length === 0) return undefined
  const state = foldMoments(tiled, whole)
  if (state.bytes <= maxBytes / 2) return { state, pieces: [] }
  const eventsOf = new Map<number, KeptEvent[]>()
  for (const event of state.events) {
    const at = Math.floor(recordOf(event).effectiveUs / widthUs)
    const events = eventsOf.get(at)
    if (events === undefined) eventsOf.set(at, [event])
    else events.push(event)
  }
  const stride = heads + tiled.length
  const numbers = new Set(eventsOf.keys())
  for (let place = 0; place < state.moments.length; place += stride) {
    numbers.add(Math.floor(Number(state.moments[place]) / widthUs))
  }
  const tiles = [...numbers]
    .toSorted((a, b) => a - b)
    .map(at => {
      const events = eventsOf.get(at) ?? []
      const isWithin = (us: number) => Math.floor(us / widthUs) === at
      const moments = state.moments.filter((_, place) =>
        isWithin(Number(state.moments[place - (place % stride)])),
      )
      const states: KeyedStates = new Map()
      mergeRows(states, tiled, moments, () => true)
      for (const event of events) foldStates(states, tiled, recordOf(event))
      const bytes = JSON.stringify(events).length + rowsBytes(moments, tiled) + noEvents.bytes
      const piece: EventsState = { kind: 'events', events, count: events.length, moments, bytes }
      const itemKey = itemKeyOf(entityKey, level, ((at + 1) * widthUs) / 1_000)
      return { rows: rowsOf(states, at), piece: [itemKey, piece] as const }
    })
  const rows = tiles.flatMap(({ rows }) => rows)
  const bytes = 8 + rowsBytes(rows, tiled)
  if (bytes > Math.max(littleBytes, mostTimesTheRecords * state.bytes)) return undefined
  return {
    state: { kind: 'node', tiles: rows, bytes },
    pieces: tiles.map(({ piece }) => piece),
  }
}

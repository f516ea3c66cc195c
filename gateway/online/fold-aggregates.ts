import type { AggregatedRecord } from './aggregated-record.ts'
import type { AggregationPlan, StateGroup } from './aggregation-plan.ts'
import { type DividedTile, divideTile } from './divide-tile.ts'
import {
  decodePiece,
  type EntityState,
  type EventsState,
  type HeldState,
  isDivided,
  type NodeState,
  type RootState,
} from './entity-state.ts'
import { itemKeyOf } from './item-key.ts'
import { keepEvent, noEvents } from './keep-event.ts'
import { narrowerLevel, tileWidthUs } from './tile-levels.ts'
import {
  type FoldedRows,
  foldRow,
  type KeyedStates,
  mergeRows,
  placeAfter,
  rowsBytes,
  rowsOf,
  type TileRows,
  tileNumbers,
} from './tile-rows.ts'

/** One item that a record changes. */
export interface ItemChange {
  readonly itemKey: string
  change(before: EntityState | undefined): EntityState
  /** The item that has the record where this one's records were divided. */
  below?(held: HeldState | undefined): ItemChange | undefined
  /** Divides an item's records once they take more than `maxBytes`; nothing where that would gain nothing. */
  divide?(held: HeldState | undefined, maxBytes: number): DividedTile | undefined
  /** The ends, in milliseconds, of the widest tiles that the change has left behind all windows. */
  readonly goneMs?: readonly number[]
}

/**
 * Gives the items of an entity that a record changes. Which they are depends on the record and the plan alone, and
 * below the last on whether that was divided: each may be stored without the others, and folds the record again where
 * it was not.
 */
export function aggregateChanges(
  plan: AggregationPlan,
  entityKey: string,
  record: AggregatedRecord,
): readonly ItemChange[] {
  const { widthsUs, keepsEvents } = plan
  const goneMs: number[] = []
  const changes: ItemChange[] = [
    { itemKey: entityKey, change: before => foldRoot(plan, record, before, goneMs), goneMs },
  ]
  if (widthsUs.length === 0 || !isCounted(plan, record)) return changes
  for (let level = widthsUs.length - 1; level > 0; level--) {
    const narrowerUs = widthsUs[level - 1] ?? 1
    changes.push({
      itemKey: itemKeyOf(entityKey, level, tileEndMs(record.effectiveUs, widthsUs[level] ?? 1)),
      change: before => foldNode(plan, narrowerUs, record, before),
    })
  }
  if (keepsEvents) {
    changes.push(recordsChange(plan, entityKey, record, 0))
  }
  return changes
}

/** The records of a tile, or the tiles that they were divided among. */
function recordsChange(
  plan: AggregationPlan,
  entityKey: string,
  record: AggregatedRecord,
  level: number,
): ItemChange {
  const itemKey = itemKeyOf(
    entityKey,
    level,
    tileEndMs(record.effectiveUs, tileWidthUs(plan, level) ?? 1),
  )
  const narrower = narrowerLevel(level)
  const widthUs = tileWidthUs(plan, narrower)
  if (widthUs === undefined) return { itemKey, change: before => foldEvents(plan, record, before) }
  return {
    itemKey,
    change: before =>
      isDivided(before)
        ? foldNode(plan, widthUs, record, before)
        : foldEvents(plan, record, before),
    below: held => (isDivided(held) ? recordsChange(plan, entityKey, record, narrower) : undefined),
    divide(held, maxBytes) {
      const state = typeof held === 'string' ? decodePiece(held) : held
      if (state === undefined || !('events' in state) || state.bytes <= maxBytes) return undefined
      return divideTile(plan, entityKey, { level: narrower, widthUs }, state, maxBytes)
    },
  }
}

/** The end of the tile that a moment lies in; widths are whole milliseconds. */
function tileEndMs(atUs: number, widthUs: number): number {
  return ((Math.floor(atUs / widthUs) + 1) * widthUs) / 1_000
}

/** A record without a value counts nowhere; one without a secondary key belongs to none. */
function isCounted({ secondaryKey }: AggregationPlan, { key, values }: AggregatedRecord): boolean {
  return secondaryKey === undefined ? values.some(value => value !== null) : key !== null
}

function foldRoot(
  plan: AggregationPlan,
  record: AggregatedRecord,
  before: EntityState | undefined,
  goneMs: number[],
): RootState {
  const { lifelong, tiled, widthsUs, intervalUs, reachUs } = plan
  const root = before ?? emptyRoot
  if (!('kind' in root && root.kind === 'root')) throw otherKind(root, 'root')
  const newestUs = Math.max(root.newestUs, record.effectiveUs)
  if (!isCounted(plan, record)) return { ...root, newestUs }
  const { growth, ...lasting } = foldLifetime(lifelong, intervalUs, root, newestUs, record)
  const widestUs = widthsUs.at(-1)
  if (widestUs === undefined) {
    return { ...root, newestUs, ...lasting, bytes: root.bytes + growth }
  }
  const { rows, growth: bytes } = foldTiles(root.tiles, tiled, widestUs, record)
  // What no window reaches any more: none ends before the newest record's time.
  const kept = placeAfter(rows, tiled, widestUs, newestUs - reachUs)
  const gone = kept === 0 ? 0 : rowsBytes(rows, tiled, 0, kept)
  for (const at of kept === 0 ? [] : tileNumbers(rows.slice(0, kept), tiled)) {
    goneMs.push(((at + 1) * widestUs) / 1_000)
  }
  return {
    kind: 'root',
    newestUs,
    ...lasting,
    tiles: kept === 0 ? rows : rows.slice(kept),
    bytes: root.bytes + bytes + growth - gone,
  }
}

const emptyRoot: RootState = {
  kind: 'root',
  newestUs: -8e18,
  lifetime: [],
  recent: [],
  tiles: [],
  bytes: 40,
}

type Lasting = Pick<RootState, 'lifetime' | 'recent'>

/** With an interval the newest record's tile stands beside the rest, since readings leave it out while it grows. */
function foldLifetime(
  groups: readonly StateGroup[],
  intervalUs: number | undefined,
  { lifetime, recent }: Lasting,
  newestUs: number,
  { key, values, order, effectiveUs }: AggregatedRecord,
): Lasting & Pick<FoldedRows, 'growth'> {
  if (groups.length === 0) return { lifetime, recent, growth: 0 }
  const fold = (rows: TileRows, at: number) => foldRow(rows, groups, at, key, values, order)
  if (intervalUs === undefined) {
    const { rows, growth } = fold(lifetime, 0)
    return { lifetime: rows, recent, growth }
  }
  const newest = Math.floor(newestUs / intervalUs)
  const isPast = recent.length > 0 && Number(recent[0]) < newest
  const whole = isPast ? merged(groups, lifetime, recent) : lifetime
  const growing = isPast ? [] : recent
  const isGrowing = Math.floor(effectiveUs / intervalUs) === newest
  const { rows, growth } = isGrowing ? fold(growing, newest) : fold(whole, 0)
  return isGrowing
    ? { lifetime: whole, recent: rows, growth }
    : { lifetime: rows, recent: growing, growth }
}

function merged(groups: readonly StateGroup[], a: TileRows, b: TileRows): TileRows {
  const states: KeyedStates = new Map()
  mergeRows(states, groups, a, () => true)
  mergeRows(states, groups, b, () => true)
  return rowsOf(states, 0)
}

function foldNode(
  { tiled }: AggregationPlan,
  widthUs: number,
  record: AggregatedRecord,
  before: EntityState | undefined,
): NodeState {
  const node = before ?? { kind: 'node', tiles: [], bytes: 8 }
  if (!('kind' in node && node.kind === 'node')) throw otherKind(node, 'node')
  const { rows, growth } = foldTiles(node.tiles, tiled, widthUs, record)
  return { kind: 'node', tiles: rows, bytes: node.bytes + growth }
}

/** Folds a record into the tile of its time. */
function foldTiles(
  tiles: TileRows,
  groups: readonly StateGroup[],
  widthUs: number,
  { effectiveUs, key, values, order }: AggregatedRecord,
): FoldedRows {
  return foldRow(tiles, groups, Math.floor(effectiveUs / widthUs), key, values, order)
}

function foldEvents(
  plan: AggregationPlan,
  record: AggregatedRecord,
  before: EntityState | undefined,
): EventsState {
  const kept = before ?? noEvents
  if (!('events' in kept)) throw otherKind(kept, 'list of records')
  return keepEvent(plan, record, kept)
}

function otherKind(state: EntityState, wanted: string): TypeError {
  const kind = 'kind' in state ? state.kind : 'newest record'
  return new TypeError(`A stored state is a ${kind} where a ${wanted} belongs.`)
}

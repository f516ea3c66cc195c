import type { AggregationWindow } from '../../shared/aggregates/aggregation-window.ts'
import { type Bounds, windowBounds } from '../../shared/aggregates/window-bounds.ts'
import { compareText } from '../../shared/compare-text.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import type { AggregationPlan } from './aggregation-plan.ts'
import type { EntityState, RootState } from './entity-state.ts'
import { itemKeyOf } from './item-key.ts'
import { type KeptEvent, recordOf } from './kept-event.ts'
import { narrowerLevel, tileWidthUs } from './tile-levels.ts'
import {
  foldStates,
  type KeyedStates,
  mergeRows,
  noKey,
  type States,
  type TileRows,
  tileNumbers,
} from './tile-rows.ts'

/** What a view serves of an entity at a moment. */
export interface AggregateReading {
  readonly values: readonly Canonical[]
  /** For each value whether its window holds a record. */
  readonly present: readonly boolean[]
  /** The moment at which they are true, in microseconds: with an interval the end of the last whole one. */
  readonly edgeUs: number
}

/** Gives an item of an entity, or nothing. */
export type FindItem = (itemKey: string) => EntityState | undefined

type Merged = ReadonlyMap<Canonical, Readonly<States>>

/**
 * Computes a view's aggregates of one entity at a moment, not before that of its newest record. Cost: for each
 * window a look at the root, and at each end that falls into a tile one item for each width below.
 */
export function readAggregates(
  plan: AggregationPlan,
  entityKey: string,
  atUs: number,
  find: FindItem,
): AggregateReading {
  const root = rootOf(find(entityKey))
  const isLatest = plan.leadingEdge === 'latest_event_time'
  const edgeUs = isLatest && root !== undefined ? root.newestUs : atUs
  const known = new Map<string, readonly Merged[]>()
  const mergedOf = (window: AggregationWindow): readonly Merged[] => {
    const key = JSON.stringify(window)
    const found = known.get(key)
    if (found !== undefined) return found
    const bounds = windowBounds(window, edgeUs, plan.intervalUs)
    const merged = bounds.map(bounds =>
      root === undefined
        ? new Map()
        : window.kind === 'lifetime'
          ? mergeLifetime(plan, root, bounds)
          : mergeWindow(plan, entityKey, root, bounds, find),
    )
    known.set(key, merged)
    return merged
  }

  const values: Canonical[] = []
  const present: boolean[] = []
  const { secondaryKey } = plan
  const isText = secondaryKey?.kind === 'string'
  for (const window of plan.keys) {
    const keys = keysOf(isText, mergedOf(window)[0])
    values.push(keys)
    present.push(keys.length > 0)
  }
  for (const { window, groupAt, aggregate } of plan.features) {
    const merged = mergedOf(window)
    const stateOf = (states: Readonly<States> | undefined) => states?.[groupAt] ?? undefined
    if (secondaryKey !== undefined) {
      const [only] = merged
      const keys = keysOf(isText, only)
      values.push(keys.map(key => aggregate.finish(stateOf(only?.get(key)))))
      present.push(keys.length > 0)
      continue
    }
    const states = merged.map(one => stateOf(one.get(noKey)))
    present.push(states.some(state => state !== undefined))
    values.push(
      window.kind === 'series'
        ? states.map(state => aggregate.finish(state))
        : aggregate.finish(states[0]),
    )
  }
  const { intervalUs = 1 } = plan
  return { values, present, edgeUs: Math.floor(edgeUs / intervalUs) * intervalUs }
}

function mergeLifetime(
  { lifelong, intervalUs }: AggregationPlan,
  { lifetime, recent }: RootState,
  [, endUs]: Bounds,
): Merged {
  const into: KeyedStates = new Map()
  mergeRows(into, lifelong, lifetime, () => true)
  mergeRows(into, lifelong, recent, at => (at + 1) * (intervalUs ?? 0) <= endUs)
  return into
}

function mergeWindow(
  plan: AggregationPlan,
  entityKey: string,
  { newestUs, tiles }: RootState,
  [startUs, endUs]: Bounds,
  find: FindItem,
): Merged {
  const { tiled, widthsUs, keepsEvents } = plan
  const into: KeyedStates = new Map()
  /** Tiles of one width: whole ones as they are, those at an end by what they consist of. */
  const merge = (tiles: TileRows, level: number): void => {
    const widthUs = tileWidthUs(plan, level) ?? 1
    const isWhole = (at: number) =>
      // Nothing is newer than the newest record, so a tile that reaches beyond it is whole as well.
      at * widthUs >= startUs && Math.min((at + 1) * widthUs, newestUs + 1) <= endUs
    mergeRows(into, tiled, tiles, isWhole)
    for (const at of tileNumbers(tiles, tiled)) {
      const toUs = (at + 1) * widthUs
      if (isWhole(at) || toUs <= startUs || at * widthUs >= endUs) continue
      const piece = find(itemKeyOf(entityKey, level, toUs / 1_000))
      if (piece === undefined || !('kind' in piece)) continue
      if (piece.kind === 'node') merge(piece.tiles, narrowerLevel(level))
      if (piece.kind !== 'events' || !keepsEvents) continue
      mergeRows(into, tiled, piece.moments, atUs => atUs >= startUs && atUs < endUs)
      foldEvents(piece.events.slice(0, piece.count))
    }
  }
  const foldEvents = (events: readonly KeptEvent[]): void => {
    for (const event of events) {
      const record = recordOf(event)
      const { effectiveUs } = record
      if (effectiveUs >= startUs && effectiveUs < endUs) foldStates(into, tiled, record)
    }
  }
  merge(tiles, widthsUs.length - 1)
  return into
}

/** The keys of a window's records, in order: integers by size, texts by code point. */
function keysOf(isText: boolean, merged: Merged | undefined): Canonical[] {
  return [...(merged?.keys() ?? [])].sort((a, b) => compareKeys(isText, a, b))
}

/** Int64 beyond the safe range is text, as texts are. */
function compareKeys(isText: boolean, a: Canonical, b: Canonical): number {
  const [left, right] = [String(a), String(b)]
  if (isText) return compareText(left, right)
  const [first, second] = [BigInt(left), BigInt(right)]
  return first < second ? -1 : first > second ? 1 : 0
}

function rootOf(state: EntityState | undefined): RootState | undefined {
  return state !== undefined && 'kind' in state && state.kind === 'root' ? state : undefined
}

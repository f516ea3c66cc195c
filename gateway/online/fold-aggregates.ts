import type { RecordOrder } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import { microsNumberOf, timestampOfMicros } from '../../shared/timestamp.ts'
import type { AggregationPlan, StateGroup } from './aggregation-plan.ts'
import type {
  EntityState,
  EventsState,
  KeptEvent,
  NodeState,
  RootState,
  Tiles,
} from './entity-state.ts'
import { itemKeyOf } from './item-key.ts'
import { foldTile, type Tile, tileBytes } from './tile.ts'

/** A record as aggregates see it. */
export interface AggregatedRecord {
  readonly order: RecordOrder
  /** The earlier of event time and ingest time, in microseconds. */
  readonly effectiveUs: number
  /** The secondary key; null where the view has none. */
  readonly key: Canonical
  /** In the order of the plan's columns. */
  readonly values: readonly Canonical[]
}

/** One item that a record changes. */
export interface ItemChange {
  readonly itemKey: string
  change(before: EntityState | undefined): EntityState
}

/** The earlier of a record's event time and its ingest time, in microseconds. */
export function effectiveUsOf({ eventTime, ingestUs }: RecordOrder): number {
  return Math.min(microsNumberOf(eventTime), ingestUs)
}

/**
 * Gives the items of an entity that a record changes. Which they are depends on the record and the plan alone: each
 * may be stored without the others, and folds the record again where it was not.
 */
export function aggregateChanges(
  plan: AggregationPlan,
  entityKey: string,
  record: AggregatedRecord,
): readonly ItemChange[] {
  const { widthsUs, keepsEvents } = plan
  const changes: ItemChange[] = [
    { itemKey: entityKey, change: before => foldRoot(plan, record, before) },
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
    changes.push({
      itemKey: itemKeyOf(entityKey, 0, tileEndMs(record.effectiveUs, widthsUs[0] ?? 1)),
      change: before => keepEvent(record, before),
    })
  }
  return changes
}

/** The end of the tile that a moment lies in; widths are whole milliseconds. */
export function tileEndMs(atUs: number, widthUs: number): number {
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
): RootState {
  const { lifelong, tiled, widthsUs, intervalUs, reachUs } = plan
  const root = before ?? emptyRoot
  if (!('kind' in root && root.kind === 'root')) throw otherKind(root, 'root')
  const newestUs = Math.max(root.newestUs, record.effectiveUs)
  if (!isCounted(plan, record)) return { ...root, newestUs }
  const widestUs = widthsUs.at(-1)
  const { tiles, bytes } =
    widestUs === undefined
      ? { tiles: root.tiles, bytes: 0 }
      : foldTiles(root.tiles, tiled, widestUs, record)
  // What no window reaches any more: none ends before the newest record's time.
  const gone = tiles.findIndex(([at]) => (at + 1) * (widestUs ?? 0) > newestUs - reachUs)
  const lasting = foldLifetime(lifelong, intervalUs, root, newestUs, record)
  return {
    kind: 'root',
    newestUs,
    ...lasting,
    tiles: gone > 0 ? tiles.slice(gone) : tiles,
    // What is gone is not counted one by one: it is measured when it is folded next.
    bytes: gone > 0 ? 0 : root.bytes + bytes + tileGrowth(lifelong, root, lasting),
  }
}

const emptyRoot: RootState = { kind: 'root', newestUs: -8e18, lifetime: [], tiles: [], bytes: 60 }

type Lasting = Pick<RootState, 'lifetime' | 'recent'>

/** With an interval the newest record's tile stands beside the rest, since readings leave it out while it grows. */
function foldLifetime(
  groups: readonly StateGroup[],
  intervalUs: number | undefined,
  { lifetime, recent }: Lasting,
  newestUs: number,
  { key, values, order, effectiveUs }: AggregatedRecord,
): Lasting {
  if (groups.length === 0) return { lifetime }
  const fold = (tile: Tile | undefined) => foldTile(tile, groups, key, values, order)
  if (intervalUs === undefined) return { lifetime: fold(lifetime) }
  const newest = Math.floor(newestUs / intervalUs)
  const isPast = recent !== undefined && recent[0] < newest
  const whole = isPast ? mergedTile(groups, lifetime, recent[1]) : lifetime
  const growing = isPast ? undefined : recent?.[1]
  if (Math.floor(effectiveUs / intervalUs) === newest) {
    return { lifetime: whole, recent: [newest, fold(growing)] }
  }
  return { lifetime: fold(whole), ...(growing === undefined ? {} : { recent: [newest, growing] }) }
}

function mergedTile(groups: readonly StateGroup[], a: Tile, b: Tile): Tile {
  const merged = new Map(a.map(([key, states]) => [key, [...states]]))
  for (const [key, states] of b) {
    const known = merged.get(key)
    const both = groups.map(({ aggregate }, group) => {
      const [left, right] = [known?.[group] ?? null, states[group] ?? null]
      return left === null || right === null ? (left ?? right) : aggregate.merge(left, right)
    })
    merged.set(key, both)
  }
  return [...merged]
}

function foldNode(
  { tiled }: AggregationPlan,
  widthUs: number,
  record: AggregatedRecord,
  before: EntityState | undefined,
): NodeState {
  const node = before ?? emptyNode
  if (!('kind' in node && node.kind === 'node')) throw otherKind(node, 'node')
  const { tiles, bytes } = foldTiles(node.tiles, tiled, widthUs, record)
  return { kind: 'node', tiles, bytes: node.bytes + bytes }
}

const emptyNode: NodeState = { kind: 'node', tiles: [], bytes: 20 }

/** Folds a record into the tile of its time; gives all of them, and by how much they have grown. */
function foldTiles(
  tiles: Tiles,
  groups: readonly StateGroup[],
  widthUs: number,
  { effectiveUs, key, values, order }: AggregatedRecord,
): { readonly tiles: Tiles; readonly bytes: number } {
  const at = Math.floor(effectiveUs / widthUs)
  // Most records are of the newest tile.
  const place = tiles.findLastIndex(([one]) => one <= at)
  const found = tiles[place]
  if (found?.[0] === at) {
    const tile = foldTile(found[1], groups, key, values, order)
    const bytes = tileBytes(tile, groups) - tileBytes(found[1], groups)
    return { tiles: tiles.with(place, [at, tile]), bytes }
  }
  const tile = foldTile(undefined, groups, key, values, order)
  return { tiles: tiles.toSpliced(place + 1, 0, [at, tile]), bytes: tileBytes(tile, groups) + 14 }
}

function keepEvent(record: AggregatedRecord, before: EntityState | undefined): EventsState {
  const kept = before ?? { kind: 'events', events: [], count: 0, bytes: 10 }
  if (!('events' in kept)) throw otherKind(kept, 'list of records')
  const { events, count } = kept
  const event = keptEvent(record)
  const bytes = kept.bytes + JSON.stringify(event).length + 1
  // What was taken back still stands behind what counts.
  events.length = count
  events.push(event)
  return { kind: 'events', events, count: count + 1, bytes }
}

function keptEvent({ order, effectiveUs, key, values }: AggregatedRecord): KeptEvent {
  const { eventTime, ingestUs, partition, offset } = order
  const isExact = effectiveUs < ingestUs && Number.isSafeInteger(effectiveUs)
  return [isExact ? effectiveUs : eventTime, ingestUs, partition, offset, key, ...values]
}

/** Gives a kept record as it was folded. Its event time is written only when somebody asks for it. */
export function recordOf([
  time,
  ingestUs,
  partition,
  offset,
  key,
  ...values
]: KeptEvent): AggregatedRecord {
  const placed = {
    ingestUs: Number(ingestUs),
    partition: Number(partition),
    offset: Number(offset),
  }
  if (typeof time === 'string') {
    const order = { eventTime: time, ...placed }
    return { order, effectiveUs: effectiveUsOf(order), key: key ?? null, values }
  }
  const effectiveUs = Number(time)
  const order = {
    ...placed,
    get eventTime() {
      return timestampOfMicros(BigInt(effectiveUs))
    },
  }
  return { order, effectiveUs, key: key ?? null, values }
}

function otherKind(state: EntityState, wanted: string): TypeError {
  const kind = 'kind' in state ? state.kind : 'newest record'
  return new TypeError(`A stored state is a ${kind} where a ${wanted} belongs.`)
}

function tileGrowth(groups: readonly StateGroup[], before: Lasting, after: Lasting): number {
  if (groups.length === 0) return 0
  const bytesOf = ({ lifetime, recent }: Lasting) =>
    tileBytes(lifetime, groups) + (recent === undefined ? 0 : tileBytes(recent[1], groups))
  return bytesOf(after) - bytesOf(before)
}

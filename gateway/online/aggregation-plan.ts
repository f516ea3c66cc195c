import type { Aggregate } from '../../shared/aggregates/aggregate.ts'
import type { AggregateFunction } from '../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../shared/aggregates/aggregate-of.ts'
import type { AggregationWindow } from '../../shared/aggregates/aggregation-window.ts'
import { reachMs } from '../../shared/aggregates/window-bounds.ts'
import { sortedJson } from '../../shared/definitions/sorted-json.ts'
import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import type { ResolvedAggregation } from '../registry/resolved-definitions.ts'

/** A state that is kept for each tile: several features may be made of it. */
export interface StateGroup {
  /** The place of its column among the plan's. */
  readonly columnAt: number
  readonly aggregate: Aggregate
}

/** What a feature is made of. */
export interface PlannedFeature {
  readonly window: AggregationWindow
  /** The place of its state in tiles, or in what is kept of a lifetime. */
  readonly groupAt: number
  /** Makes its result of that state. */
  readonly aggregate: Aggregate
}

/** How a view's aggregates are kept: in tiles of time whose widths follow from its definition alone. */
export interface AggregationPlan {
  /** The columns that are aggregated. */
  readonly columns: readonly string[]
  /** Those of which nothing but whether there is a value counts: records are kept without it. */
  readonly counted: ReadonlySet<string>
  readonly secondaryKey?: { readonly name: string; readonly kind: string }
  readonly leadingEdge: LeadingEdge
  /** Absent: continuously. */
  readonly intervalUs?: number
  /** What tiles keep, and what is kept of a lifetime. */
  readonly tiled: readonly StateGroup[]
  readonly lifelong: readonly StateGroup[]
  readonly features: readonly PlannedFeature[]
  readonly keys: readonly AggregationWindow[]
  /** Widths of tiles in microseconds, the narrowest first; the widest lie in an entity's root. None without windows. */
  readonly widthsUs: readonly number[]
  /** Widths of the tiles that a narrowest one is divided into once its records are too many, the widest first. */
  readonly dividedUs: readonly number[]
  /** Whether the narrowest tiles have their records beside them, since windows begin anywhere in them. */
  readonly keepsEvents: boolean
  /** Whenever so many of them have come to one tile, those of one moment are folded together. */
  readonly eventsAtOnce: number
  /** How far back windows reach, in microseconds. */
  readonly reachUs: number
}

/** Tiles of one width that one of the next holds, at most. */
const mostTiles = 16
/** Tiles that one item holds may take about so many bytes. */
const mostItemBytes = 524_288
/** A continuous view's narrowest tiles divide its longest window in so many. */
const continuousTiles = 4_096

/** Plans how an aggregation is kept: deterministic, since what it says is part of the stored formats. */
export function aggregationPlan(aggregation: ResolvedAggregation): AggregationPlan {
  const { secondaryKey, leadingEdge = 'wall_clock', intervalMs, aggregates, keys } = aggregation
  const columns = [...new Set(aggregates.map(({ column }) => column))]
  const tiled: StateGroup[] = []
  const lifelong: StateGroup[] = []
  const places = new Map<string, number>()
  const features = aggregates.map(({ column, columnKind, function: fn, window }) => {
    const isLifelong = window.kind === 'lifetime'
    const groups = isLifelong ? lifelong : tiled
    const aggregate = aggregateOf(fn, columnKind)
    const key = sortedJson([isLifelong, column, stateOf(fn)])
    const groupAt = places.get(key) ?? groups.length
    if (!places.has(key)) {
      places.set(key, groupAt)
      groups.push({ columnAt: columns.indexOf(column), aggregate })
    }
    return { window, groupAt, aggregate }
  })
  const reach = Math.max(0, ...aggregates.map(({ window }) => reachMs(window) ?? 0))
  const intervalUs = intervalMs === undefined ? undefined : intervalMs * 1_000
  const reachUs = reach * 1_000
  const widthsUs = reach === 0 ? [] : widthsOf(reachUs, intervalUs, tiled)
  const keepsEvents = intervalUs === undefined && reach > 0
  return {
    columns,
    counted: new Set(
      columns.filter(name =>
        aggregates.every(({ column, function: fn }) => column !== name || fn.name === 'count'),
      ),
    ),
    ...(secondaryKey === undefined ? {} : { secondaryKey }),
    leadingEdge,
    ...(intervalUs === undefined ? {} : { intervalUs }),
    tiled,
    lifelong,
    features,
    keys,
    widthsUs,
    dividedUs: keepsEvents ? dividedOf(widthsUs, tiled) : [],
    keepsEvents,
    eventsAtOnce: 1_024,
    reachUs,
  }
}

/** What tells states apart: percentiles of one precision are read off the same one, as are variances. */
function stateOf(fn: AggregateFunction): readonly unknown[] {
  if (fn.name === 'approx_percentile') return [fn.name, fn.precision]
  return /^(?:var|stddev)_/.test(fn.name) ? ['variance'] : [fn]
}

function widthsOf(
  reachUs: number,
  intervalUs: number | undefined,
  tiled: readonly StateGroup[],
): number[] {
  const fanOut = Math.max(
    4,
    Math.min(mostTiles, 2 ** Math.floor(Math.log2(mostItemBytes / tileBytes(tiled)))),
  )
  // Whole milliseconds, by which pieces are named.
  let widthUs = intervalUs ?? Math.ceil(reachUs / continuousTiles / 1_000) * 1_000
  const widths = [widthUs]
  while (reachUs / widthUs > fanOut) {
    widthUs *= fanOut
    widths.push(widthUs)
  }
  return widths
}

/** What divides a whole number of milliseconds three times into whole microseconds, and is no larger than need be. */
function dividedOf([narrowestUs = 0]: readonly number[], tiled: readonly StateGroup[]): number[] {
  const parts = tileBytes(tiled) * 10 > mostItemBytes ? 5 : 10
  return [parts, parts ** 2, parts ** 3].map(parts => narrowestUs / parts)
}

function tileBytes(tiled: readonly StateGroup[]): number {
  return tiled.reduce((sum, { aggregate }) => sum + aggregate.maxBytes, 32)
}

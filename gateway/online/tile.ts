import type { RecordOrder } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import type { StateGroup } from './aggregation-plan.ts'

/** For each group of a plan its state, null where there was no value. */
export type States = readonly (Canonical | null)[]

/** States by secondary key, null where the view has none; in the order in which keys came. */
export type Tile = readonly (readonly [key: Canonical, states: States])[]

/** Folds one record's values, in the order of the plan's columns, into a tile; gives another one. */
export function foldTile(
  tile: Tile | undefined,
  groups: readonly StateGroup[],
  key: Canonical,
  values: readonly Canonical[],
  order: RecordOrder,
): Tile {
  const at = tile?.findIndex(([known]) => known === key) ?? -1
  const before = tile?.[at]?.[1]
  const states = groups.map(({ columnAt, aggregate }, group) => {
    const value = values[columnAt] ?? null
    const state = before?.[group] ?? null
    return value === null ? state : aggregate.fold(state ?? undefined, value, order)
  })
  if (tile === undefined || at < 0) return [...(tile ?? []), [key, states]]
  return tile.with(at, [key, states])
}

/** Merges states into those that are known by their keys. */
export function mergeTile(
  into: Map<Canonical, (Canonical | null)[]>,
  groups: readonly StateGroup[],
  tile: Tile,
): void {
  for (const [key, states] of tile) {
    const known = into.get(key)
    if (known === undefined) {
      into.set(key, [...states])
      continue
    }
    groups.forEach(({ aggregate }, group) => {
      const [a, b] = [known[group] ?? null, states[group] ?? null]
      known[group] = a === null || b === null ? (a ?? b) : aggregate.merge(a, b)
    })
  }
}

/** About how many bytes a tile takes as JSON. */
export function tileBytes(tile: Tile, groups: readonly StateGroup[]): number {
  let bytes = 4
  for (const [key, states] of tile) {
    bytes += typeof key === 'string' ? key.length + 8 : 16
    groups.forEach(({ aggregate }, group) => {
      const state = states[group] ?? null
      bytes += state === null ? 5 : aggregate.sizeOf(state) + 1
    })
  }
  return bytes
}

import type { RecordOrder } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import type { AggregatedRecord } from './aggregated-record.ts'
import type { StateGroup } from './aggregation-plan.ts'

/**
 * Tiles of one width, the oldest first, in one flat list, which takes a third of the memory of nested ones: for each
 * tile and secondary key its number since 1970, the key, and for each group of the plan its state, null where there
 * was no value. Keys of one tile stand in the order in which they came.
 */
export type TileRows = readonly Canonical[]

/** What stands in a key's place where a view has no secondary key. */
export const noKey = 0

/** For each group of a plan its state, null where there was no value. */
export type States = (Canonical | null)[]

/** States by secondary key. */
export type KeyedStates = Map<Canonical, States>

/** Number and key stand before a row's states. */
export const heads = 2

/** What a record makes of rows. */
export interface FoldedRows {
  readonly rows: TileRows
  /** By how many bytes they have grown as JSON, about. */
  readonly growth: number
}

/** Folds one record's values, in the order of the plan's columns, into the row of its tile and key; gives other rows. */
export function foldRow(
  rows: TileRows,
  groups: readonly StateGroup[],
  at: number,
  key: Canonical,
  values: readonly Canonical[],
  order: RecordOrder,
): FoldedRows {
  const stride = heads + groups.length
  const place = placeOf(rows, stride, at, key)
  const isNew = rows[place] !== at || rows[place + 1] !== key
  const folded = isNew ? rows.toSpliced(place, 0, at, key, ...groups.map(() => null)) : rows.slice()
  for (let group = 0; group < groups.length; group++) {
    const { columnAt = 0, aggregate } = groups[group] ?? {}
    const value = values[columnAt] ?? null
    if (value === null || aggregate === undefined) continue
    const state = folded[place + heads + group] ?? undefined
    folded[place + heads + group] = aggregate.fold(state, value, order)
  }
  const before = isNew ? 0 : rowsBytes(rows, groups, place, place + stride)
  return { rows: folded, growth: rowsBytes(folded, groups, place, place + stride) - before }
}

/** Where the row of a tile and key begins, or would: most records are of the newest tile. */
function placeOf(rows: TileRows, stride: number, at: number, key: Canonical): number {
  let place = rows.length
  while (place > 0 && Number(rows[place - stride]) > at) place -= stride
  for (let one = place; one > 0 && rows[one - stride] === at; one -= stride) {
    if (rows[one - stride + 1] === key) return one - stride
  }
  return place
}

/** Where the first row of a tile that ends after a moment begins; the number of all where none does. */
export function placeAfter(
  rows: TileRows,
  groups: readonly StateGroup[],
  widthUs: number,
  atUs: number,
): number {
  const stride = heads + groups.length
  let place = 0
  while (place < rows.length && (Number(rows[place]) + 1) * widthUs <= atUs) place += stride
  return place
}

/** The numbers of tiles, each once. */
export function tileNumbers(rows: TileRows, groups: readonly StateGroup[]): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (let place = 0; place < rows.length; place += heads + groups.length) {
    numbers.add(Number(rows[place]))
  }
  return numbers
}

/** Merges the rows of the tiles that are wanted into what is known by their keys. */
export function mergeRows(
  into: KeyedStates,
  groups: readonly StateGroup[],
  rows: TileRows,
  isWanted: (at: number) => boolean,
): void {
  const stride = heads + groups.length
  for (let place = 0; place < rows.length; place += stride) {
    if (!isWanted(Number(rows[place]))) continue
    const key = rows[place + 1] ?? noKey
    const known = into.get(key)
    if (known === undefined) {
      into.set(key, rows.slice(place + heads, place + stride))
      continue
    }
    for (const [group, { aggregate }] of groups.entries()) {
      const [a, b] = [known[group] ?? null, rows[place + heads + group] ?? null]
      known[group] = a === null || b === null ? (a ?? b) : aggregate.merge(a, b)
    }
  }
}

/** Folds a record's values into what is known by its key. */
export function foldStates(
  into: KeyedStates,
  groups: readonly StateGroup[],
  { key, values, order }: AggregatedRecord,
): void {
  const states = into.get(key) ?? groups.map(() => null)
  into.set(key, states)
  for (const [group, { columnAt, aggregate }] of groups.entries()) {
    const value = values[columnAt] ?? null
    if (value !== null) states[group] = aggregate.fold(states[group] ?? undefined, value, order)
  }
}

/** States by key as rows of one tile. */
export function rowsOf(states: KeyedStates, at: number): TileRows {
  return [...states].flatMap(([key, states]) => [at, key, ...states])
}

/** About how many bytes rows from a place on take as JSON. */
export function rowsBytes(
  rows: TileRows,
  groups: readonly StateGroup[],
  from = 0,
  to = rows.length,
): number {
  const stride = heads + groups.length
  let bytes = 0
  for (let place = from; place < to; place += stride) {
    const key = rows[place + 1]
    bytes += 10 + (typeof key === 'string' ? key.length + 3 : 12)
    for (let group = 0; group < groups.length; group++) {
      const state = rows[place + heads + group] ?? null
      bytes += state === null ? 5 : (groups[group]?.aggregate.sizeOf(state) ?? 0) + 1
    }
  }
  return bytes
}

import type { Latest } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import { canonicalOf } from '../canonical-value.ts'
import type { Tile } from './tile.ts'

/** Tiles of one width by their number since 1970, the oldest first. */
export type Tiles = readonly (readonly [at: number, tile: Tile])[]

/** What an aggregate view keeps of an entity: its widest tiles, and what is kept of a lifetime. */
export interface RootState {
  readonly kind: 'root'
  /** The newest effective time of its records. */
  readonly newestUs: number
  /** All records; with an interval those before the newest record's tile. */
  readonly lifetime: Tile
  /** With an interval, what a lifetime has besides: the newest record's tile. */
  readonly recent?: readonly [at: number, tile: Tile]
  readonly tiles: Tiles
  /** About how many it takes as JSON; 0 where that is not known. */
  readonly bytes: number
}

/** The tiles of which a wider one consists. */
export interface NodeState {
  readonly kind: 'node'
  readonly tiles: Tiles
  readonly bytes: number
}

/**
 * A record as windows that begin anywhere need it: its event time in microseconds, as text where the effective time
 * is another or the number would not be exact, then ingest time, partition, offset, secondary key and values.
 */
export type KeptEvent = readonly Canonical[]

/** The records of a narrowest tile; `events` may hold more than are counted, which were taken back. */
export interface EventsState {
  readonly kind: 'events'
  readonly events: KeptEvent[]
  readonly count: number
  readonly bytes: number
}

/** What a view keeps of an entity under one key. */
export type EntityState = Latest | RootState | NodeState | EventsState

export function isLatest(state: EntityState): state is Latest {
  return 'values' in state
}

/** About how many bytes a state takes as JSON. */
export function stateBytes(state: EntityState): number {
  return isLatest(state) ? weightOf(state.values) : state.bytes
}

/** The same state with its size, which is measured where it is not known: once after it was read. */
export function measured(state: EntityState): EntityState {
  if (isLatest(state) || state.bytes > 0) return state
  return { ...state, bytes: JSON.stringify(encodeState(state)).length }
}

/** About how many characters values take as text; nested ones are written out to know. */
export function weightOf(values: readonly unknown[]): number {
  let weight = 0
  for (const value of values) {
    if (typeof value === 'string') weight += value.length + 3
    else if (typeof value === 'object' && value !== null) weight += JSON.stringify(value).length + 1
    else weight += 8
  }
  return weight
}

/**
 * A state as JSON: `[eventTime, ingestUs, partition, offset, values]` for the newest record; else a number that tells
 * which it is, then what it holds.
 */
export function encodeState(state: EntityState): readonly unknown[] {
  if (isLatest(state)) {
    const { eventTime, ingestUs, partition, offset, values } = state
    return [eventTime, ingestUs, partition, offset, values]
  }
  switch (state.kind) {
    case 'root': {
      const { newestUs, lifetime, recent, tiles } = state
      return [1, newestUs, lifetime, recent ?? null, tiles]
    }
    case 'node':
      return [2, state.tiles]
    case 'events':
      return [3, state.events.slice(0, state.count)]
  }
}

/** Reads a state, whose size is not known yet; throws a TypeError where it is damaged. */
export function decodeState(encoded: readonly unknown[]): EntityState {
  const [first, ...rest] = encoded
  if (typeof first === 'string') return decodeLatest(encoded)
  switch (first) {
    case 1: {
      const [newestUs, lifetime, recent, tiles] = rest
      return {
        kind: 'root',
        newestUs: numberOf(newestUs),
        lifetime: tileOf(lifetime),
        ...(recent === null ? {} : { recent: numberedOf(recent) }),
        tiles: tilesOf(tiles),
        bytes: 0,
      }
    }
    case 2:
      return { kind: 'node', tiles: tilesOf(rest[0]), bytes: 0 }
    case 3: {
      const events = listOf(rest[0]).map(event => listOf(event).map(canonicalOf))
      return { kind: 'events', events, count: events.length, bytes: 0 }
    }
    default:
      throw new TypeError('A stored state is of no known kind; a newer gateway wrote it.')
  }
}

function decodeLatest([
  eventTime,
  ingestUs,
  partition,
  offset,
  values,
]: readonly unknown[]): Latest {
  return {
    eventTime: stringOf(eventTime),
    ingestUs: integerOf(ingestUs),
    partition: integerOf(partition),
    offset: integerOf(offset),
    values: listOf(values),
  }
}

function tilesOf(value: unknown): Tiles {
  return listOf(value).map(numberedOf)
}

function numberedOf(value: unknown): readonly [number, Tile] {
  const [at, tile] = listOf(value)
  return [integerOf(at), tileOf(tile)]
}

function tileOf(value: unknown): Tile {
  return listOf(value).map(keyed => {
    const [key, states] = listOf(keyed)
    return [canonicalOf(key), listOf(states).map(canonicalOf)]
  })
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('A stored page holds no list where one belongs.')
}

export function stringOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('A stored page holds no text where one belongs.')
}

function integerOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new TypeError('A stored page holds no integer where one belongs.')
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  throw new TypeError('A stored page holds no number where one belongs.')
}

import type { Latest } from '../../shared/aggregates/latest.ts'
import type { Canonical } from '../../shared/fields/data-type.ts'
import { parseCanonical } from '../canonical-value.ts'
import type { KeptEvent } from './kept-event.ts'
import type { TileRows } from './tile-rows.ts'

/** What an aggregate view keeps of an entity: its widest tiles, and what is kept of a lifetime. */
export interface RootState {
  readonly kind: 'root'
  /** The newest effective time of its records. */
  readonly newestUs: number
  /** All records; with an interval those before the newest record's tile. */
  readonly lifetime: TileRows
  /** With an interval, what a lifetime has besides: the newest record's tile. */
  readonly recent: TileRows
  readonly tiles: TileRows
  /** About how many it takes as JSON. */
  readonly bytes: number
}

/** The tiles of which a wider one consists. */
export interface NodeState {
  readonly kind: 'node'
  readonly tiles: TileRows
  readonly bytes: number
}

/** The records of a narrowest tile; `events` may hold more than are counted, which were taken back. */
export interface EventsState {
  readonly kind: 'events'
  readonly events: KeptEvent[]
  readonly count: number
  /** Records that many have their microsecond with, folded: tiles of that width. */
  readonly moments: TileRows
  readonly bytes: number
}

/** What stands in a root's place once no row could hold all of an entity: it is left out from there on. */
export interface FullState {
  readonly kind: 'full'
  readonly bytes: number
}

/** What a view keeps of an entity under one key. */
export type EntityState = Latest | RootState | NodeState | EventsState | FullState

/** A state as a page holds it: a text where it was read or written and nobody has wanted it since. */
export type HeldState = EntityState | string

export function isLatest(state: EntityState): state is Latest {
  return 'values' in state
}

/** Whether a state is tiles: of an item that holds records, that these were divided among narrower ones. */
export function isDivided(state: HeldState | undefined): boolean {
  if (typeof state === 'string') return state.startsWith('[2,')
  return state !== undefined && 'kind' in state && state.kind === 'node'
}

/** Whether an entity is left out. */
export function isFull(state: HeldState | undefined): boolean {
  if (typeof state === 'string') return state === encodePiece(full)
  return state !== undefined && 'kind' in state && state.kind === 'full'
}

export const full: FullState = { kind: 'full', bytes: 3 }

/** About how many bytes a state takes as JSON. */
export function stateBytes(state: HeldState): number {
  if (typeof state === 'string') return state.length
  return isLatest(state) ? weightOf(state.values) : state.bytes
}

/**
 * What a state adds to its page's size, by which memory is bounded. Newest records, whose text counts once, take four
 * times their text in memory; lists of states take about as much, and what is still a text no more than it is long.
 */
export function heldBytes(state: HeldState): number {
  return typeof state === 'string' ? state.length / 4 : stateBytes(state)
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

/** A newest record as JSON: `[eventTime, ingestUs, partition, offset, values]`. */
export function encodeLatest({
  eventTime,
  ingestUs,
  partition,
  offset,
  values,
}: Latest): readonly unknown[] {
  return [eventTime, ingestUs, partition, offset, values]
}

/** Reads a newest record; throws a TypeError where it is damaged. */
export function decodeLatest([
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

/** Any other state as text: a number that tells which it is, then what it holds. */
export function encodePiece(state: Exclude<EntityState, Latest>): string {
  switch (state.kind) {
    case 'root': {
      const { newestUs, lifetime, recent, tiles } = state
      return JSON.stringify([1, newestUs, lifetime, recent, tiles])
    }
    case 'node':
      return JSON.stringify([2, state.tiles])
    case 'events':
      return JSON.stringify([3, state.events.slice(0, state.count), state.moments])
    case 'full':
      return '[4]'
  }
}

/** Reads a state from its text; throws a TypeError where it is damaged. */
export function decodePiece(text: string): EntityState {
  const [kind, ...rest] = valuesOf(parseCanonical(text))
  const bytes = text.length
  switch (kind) {
    case 1: {
      const [newestUs, lifetime, recent, tiles] = rest
      return {
        kind: 'root',
        newestUs: integerOf(newestUs),
        lifetime: valuesOf(lifetime),
        recent: valuesOf(recent),
        tiles: valuesOf(tiles),
        bytes,
      }
    }
    case 2:
      return { kind: 'node', tiles: valuesOf(rest[0]), bytes }
    case 3: {
      const events = valuesOf(rest[0]).map(event => valuesOf(event))
      return { kind: 'events', events, count: events.length, moments: valuesOf(rest[1]), bytes }
    }
    case 4:
      return full
    default:
      throw new TypeError('A stored state is of no known kind; a newer gateway wrote it.')
  }
}

function valuesOf(value: Canonical | undefined): readonly Canonical[] {
  if (Array.isArray(value)) return value
  throw new TypeError('A stored piece holds no list where one belongs.')
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
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new TypeError('A stored page holds no integer where one belongs.')
}

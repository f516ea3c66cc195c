import type { Touches } from '../contracts/message.ts'
import { type EventTimes, widen } from '../event-times.ts'
import { slotCount } from '../online/entity-key.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import type { RollSizes } from '../roll-sizes.ts'
import type { LogStatements, RollIntent, Segment } from './log-statements.ts'
import { foldRequest, newProducerState, type ProducerState } from './producer-state.ts'
import type { Routing } from './producer-statements.ts'
import { type RowHeader, rowFormat } from './row-header.ts'
import type { SegmentNotes } from './segment-notes.ts'
import { damageReason } from './stored-row.ts'

/** The segment that takes appends, as a fold of its rows. */
export interface OpenSegment {
  readonly segment: number
  readonly start: number
  records: number
  bytes: number
  rows: number
  /** Rejections that were stored in the partition, up to its last row. */
  rejected: number
  /** Ingest time of its first row, 0 while it has none. */
  firstIngestUs: number
  eventTimes: EventTimes | undefined
  readonly touches: Map<string, Map<number, number>>
  /** Producers that this segment's rows changed. */
  readonly producers: Map<string, ProducerState>
  /**
   * Unnamed producers of the segment before: made for one request, they are asked for again only while it
   * is tried again, so they are never written by the week.
   */
  readonly unnamedBefore: ReadonlyMap<string, ProducerState>
}

export type ClosedSegment = Segment & { readonly end: number; readonly notes: SegmentNotes }

/** What a partition keeps in memory; all of it is read again from its tables after a restart. */
export interface LogState {
  readonly sizes: RollSizes
  definition: ResolvedSource | undefined
  subscriptions: Map<string, number>
  committed: number
  stopped: string | undefined
  routing: Routing
  intent: RollIntent | undefined
  closed: ClosedSegment[]
  /** What the segments touched that were dropped. */
  forgotten: Touches
  open: OpenSegment
  /** The offset that the next record gets. */
  next: number
  lastIngestUs: number
  /** What of the open segment could not be read when this state was loaded. */
  readonly damaged: string[]
}

/** Reads a partition's state from its tables, folding the open segment's headers. */
export function loadLog(log: LogStatements, sizes: RollSizes, at: number): LogState {
  log.createTables()
  const isNew = log.segments().length === 0
  if (isNew) log.openSegment(0, 0, 0, 0)
  const segments = log.segments()
  log.beginForgetting(isNew ? -1 : (segments[0]?.start ?? 0) - 1)
  const last = segments.at(-1)
  if (last === undefined || last.end !== undefined) throw new Error('No segment is open.')
  const partition = log.partition()
  const state: LogState = {
    sizes,
    definition: log.definition(),
    subscriptions: log.subscriptions(),
    committed: partition.committed,
    stopped: partition.stopped,
    routing: log.routing(at),
    intent: log.intent(),
    closed: segments.slice(0, -1).map(closedSegment),
    forgotten: log.forgotten(),
    open: emptySegment(last.segment, last.start, last.rejectedBefore),
    next: last.start,
    lastIngestUs: last.lastIngestUs,
    damaged: [],
  }
  for (const { header, ...row } of log.headers(last.segment)) {
    if (header !== undefined && row.start > state.next) {
      foldLost(state, row.start, 0, 'no row holds them')
    }
    if (row.start !== state.next || row.records < 0) {
      throw new Error(`A row of segment ${last.segment} has lost its offsets above ${state.next}.`)
    }
    if (header === undefined) {
      foldLost(state, row.start + row.records, row.bytes, 'the header is damaged')
      continue
    }
    for (const request of header.requests) {
      const producer = producerState(state, log, request.producer, () =>
        newProducerState(request.kind, request.bodyDigest),
      )
      foldRequest(producer, request)
      state.open.producers.set(request.producer, producer)
    }
    foldRow(state, { ...row, header })
  }
  return state
}

const allSlots = Array.from({ length: slotCount }, (_, slot) => slot)

/**
 * Goes on after records that cannot be read: their offsets stay given out, and whatever reads the source
 * is taken as touched. They are never served, so that one of them sent again is stored anew.
 */
function foldLost(state: LogState, end: number, bytes: number, reason: string): void {
  const start = state.next
  const entitySets = (state.definition?.views ?? []).map(view => [view.entitySetId, allSlots])
  const slots: RowHeader['slots'] = end > start ? Object.fromEntries(entitySets) : {}
  const ingestUs = Math.max(state.lastIngestUs, 1)
  const header = { format: rowFormat, ingestUs, requests: [], slots } as const
  foldRow(state, { records: end - start, bytes, header })
  state.damaged.push(damageReason(state.open.segment, [start, end], reason))
}

/** Folds a row's header into offsets, touches, sizes and times; its producers are folded apart. */
export function foldRow(
  state: LogState,
  row: { readonly records: number; readonly bytes: number; readonly header: RowHeader },
): void {
  const { open } = state
  state.next += row.records
  state.lastIngestUs = row.header.ingestUs
  open.records += row.records
  open.bytes += row.bytes
  if (open.rows++ === 0) open.firstIngestUs = row.header.ingestUs
  for (const { rejected } of row.header.requests) open.rejected += rejected.length
  open.eventTimes = widen(open.eventTimes, row.header.eventTimes)
  for (const [entitySetId, slots] of Object.entries(row.header.slots)) {
    const touches = open.touches.get(entitySetId) ?? new Map<number, number>()
    for (const slot of slots) touches.set(slot, state.next - 1)
    open.touches.set(entitySetId, touches)
  }
}

/** A producer's state: this segment's, else the one kept by weeks, else a new one. */
export function producerState<Created extends ProducerState | undefined>(
  state: LogState,
  log: LogStatements,
  id: string,
  create: () => Created,
): ProducerState | Created {
  const { producers, unnamedBefore } = state.open
  return producers.get(id) ?? unnamedBefore.get(id) ?? log.producer(id) ?? create()
}

/** Closes the open segment and opens the next; part of the caller's transaction. */
export function closeSegment(state: LogState, log: LogStatements, nowMs: number): void {
  const { open } = state
  const notes = notesOf(open)
  const producers = [...open.producers]
  log.keepProducers(new Map(producers.filter(([, { kind }]) => kind !== 'unnamed')), nowMs)
  log.closeSegment(open.segment, state.next, notes)
  log.openSegment(open.segment + 1, state.next, state.lastIngestUs, open.rejected)
  state.closed.push({
    segment: open.segment,
    start: open.start,
    end: state.next,
    lastIngestUs: state.lastIngestUs,
    rejectedBefore: open.rejected,
    notes,
  })
  const unnamed = new Map(producers.filter(([, { kind }]) => kind === 'unnamed'))
  state.open = emptySegment(open.segment + 1, state.next, open.rejected, unnamed)
}

/** When the open segment is old enough to be rolled; nothing while it is empty. */
export function rollDueMs({ open, sizes }: LogState): number | undefined {
  return open.rows === 0 ? undefined : Math.ceil(open.firstIngestUs / 1_000) + sizes.ageMs
}

/** Whether the open segment is large or old enough to be rolled. */
export function isRollDue(state: LogState, nowMs: number): boolean {
  const { open, sizes } = state
  if (open.records >= sizes.records || open.bytes >= sizes.bytes) return true
  return nowMs >= (rollDueMs(state) ?? Number.POSITIVE_INFINITY)
}

/** The first offset that the partition still holds. */
export function firstOffset(state: LogState): number {
  return state.closed[0]?.start ?? state.open.start
}

function notesOf(open: OpenSegment): SegmentNotes {
  const touches: { [entitySetId: string]: { [slot: string]: number } } = {}
  for (const [entitySetId, slots] of open.touches) touches[entitySetId] = Object.fromEntries(slots)
  const { records, bytes, eventTimes } = open
  return eventTimes === undefined
    ? { records, bytes, touches }
    : { records, bytes, eventTimes, touches }
}

function closedSegment(segment: Segment): ClosedSegment {
  const { end, notes } = segment
  if (end === undefined || notes === undefined) {
    throw new Error(`Segment ${segment.segment} is neither open nor closed.`)
  }
  return { ...segment, end, notes }
}

function emptySegment(
  segment: number,
  start: number,
  rejected: number,
  unnamedBefore: ReadonlyMap<string, ProducerState> = new Map(),
): OpenSegment {
  return {
    segment,
    start,
    records: 0,
    bytes: 0,
    rows: 0,
    rejected,
    firstIngestUs: 0,
    eventTimes: undefined,
    touches: new Map(),
    producers: new Map(),
    unnamedBefore,
  }
}

import type { AggregatedRecord } from './aggregated-record.ts'
import type { AggregationPlan } from './aggregation-plan.ts'
import type { EventsState } from './entity-state.ts'
import { type KeptEvent, keptEvent, recordOf } from './kept-event.ts'
import { foldRow, rowsBytes, type TileRows } from './tile-rows.ts'

export const noEvents: EventsState = {
  kind: 'events',
  events: [],
  count: 0,
  moments: [],
  bytes: 12,
}

/**
 * Keeps a record of a narrowest tile. Where many have come, those of one microsecond are folded together: times that
 * are whole days or hours would else keep every record of a busy entity in one row.
 */
export function keepEvent(
  { tiled, eventsAtOnce }: AggregationPlan,
  record: AggregatedRecord,
  { events: kept, count, moments, bytes }: EventsState,
): EventsState {
  // What was taken back still stands behind what counts; a list that nothing was put into is nobody's own.
  const events = count === 0 ? [] : kept
  const event = keptEvent(record)
  events.length = count
  events.push(event)
  const grown = bytes + JSON.stringify(event).length + 1
  if (events.length % eventsAtOnce !== 0) {
    return { kind: 'events', events, count: count + 1, moments, bytes: grown }
  }
  return foldMoments(tiled, { kind: 'events', events, count: count + 1, moments, bytes: grown })
}

/** Folds records together that have their microsecond in common. Changes nothing that it was given. */
export function foldMoments(
  tiled: AggregationPlan['tiled'],
  { events, count, moments }: EventsState,
): EventsState {
  const { alone, together } = foldTogether(tiled, events.slice(0, count), moments)
  const size = JSON.stringify(alone).length + rowsBytes(together, tiled)
  const bytes = noEvents.bytes + size
  return { kind: 'events', events: alone, count: alone.length, moments: together, bytes }
}

function foldTogether(
  groups: AggregationPlan['tiled'],
  events: readonly KeptEvent[],
  moments: TileRows,
): { readonly alone: KeptEvent[]; readonly together: TileRows } {
  const records = events.map(recordOf)
  const times = new Map<number, number>()
  for (const { effectiveUs } of records) times.set(effectiveUs, (times.get(effectiveUs) ?? 0) + 1)
  const isAlone = (at: number) => times.get(records[at]?.effectiveUs ?? 0) === 1
  let together = moments
  for (const [at, { effectiveUs, key, values, order }] of records.entries()) {
    if (isAlone(at)) continue
    together = foldRow(together, groups, effectiveUs, key, values, order).rows
  }
  return { alone: events.filter((_, at) => isAlone(at)), together }
}

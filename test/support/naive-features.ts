import type { AggregationWindow } from '../../shared/aggregates/aggregation-window.ts'
import {
  comparing,
  computed,
  type NaiveFunction,
  type NaiveValue,
  sign,
} from './naive-aggregates.ts'

/**
 * What the written rule says, one record at a time, and nothing else: slow, and shares no code with what it judges.
 */
export interface NaiveRecord {
  /** Canonical values by column; absent is null. */
  readonly values: { readonly [column: string]: unknown }
  /** By the view's timestamp; absent where that is null: such a record counts in no view. */
  readonly eventUs?: bigint
  readonly ingestUs: bigint
  readonly partition: number
  readonly offset: number
}

export interface NaiveAggregate extends NaiveFunction {
  readonly name: string
  readonly column: string
  readonly window: AggregationWindow
}

export interface NaiveView {
  readonly attributes: readonly { readonly name: string; readonly column: string }[]
  readonly ttlMs?: number
  readonly aggregates: readonly NaiveAggregate[]
  readonly intervalMs?: number
  readonly leadingEdge: 'wall_clock' | 'latest_event_time'
  readonly secondaryKey?: {
    readonly column: string
    readonly kind: string
    readonly keys: readonly { readonly name: string; readonly window: AggregationWindow }[]
  }
}

interface Known extends NaiveRecord {
  readonly eventUs: bigint
  readonly effectiveUs: bigint
}

/** What a view gives at a moment, of the records of one entity. */
export function naiveFeatures(
  view: NaiveView,
  records: readonly NaiveRecord[],
  momentUs: bigint,
): ReadonlyMap<string, NaiveValue> {
  const known = records
    .flatMap(record => {
      const { eventUs, ingestUs } = record
      if (eventUs === undefined) return []
      return [{ ...record, eventUs, effectiveUs: eventUs < ingestUs ? eventUs : ingestUs }]
    })
    .filter(({ effectiveUs }) => effectiveUs <= momentUs)
    .sort(byOrder)
  if (view.attributes.length > 0) return attributesOf(view, known, momentUs)
  const newest = known.reduce(
    (most, { effectiveUs }) => (effectiveUs > most ? effectiveUs : most),
    known[0]?.effectiveUs ?? momentUs,
  )
  const edge = view.leadingEdge === 'wall_clock' ? momentUs : newest
  const within = (window: AggregationWindow) => windowsAt(view, window, edge, known)
  const { secondaryKey } = view
  if (secondaryKey === undefined) {
    return new Map(
      view.aggregates.map(one => {
        const values = within(one.window).map(records => computed(one, valuesOf(one, records)))
        return [one.name, one.window.kind === 'series' ? listOf(values) : (values[0] ?? nothing)]
      }),
    )
  }
  const keysOf = (window: AggregationWindow) => {
    const met = (within(window)[0] ?? []).map(({ values }) => values[secondaryKey.column] ?? null)
    return [...new Set(met)].filter(key => key !== null).sort(comparing(secondaryKey.kind))
  }
  const lists = secondaryKey.keys.map(
    ({ name, window }) => [name, { value: keysOf(window), tolerance: 0 }] as const,
  )
  const aligned = view.aggregates.map(one => {
    const records = within(one.window)[0] ?? []
    const values = keysOf(one.window).map(key =>
      computed(
        one,
        valuesOf(
          one,
          records.filter(({ values }) => values[secondaryKey.column] === key),
        ),
      ),
    )
    return [one.name, listOf(values)] as const
  })
  return new Map<string, NaiveValue>([...lists, ...aligned])
}

function valuesOf({ column }: NaiveAggregate, records: readonly Known[]): readonly unknown[] {
  return records.map(({ values }) => values[column] ?? null).filter(value => value !== null)
}

const nothing: NaiveValue = { value: null, tolerance: 0 }

function attributesOf(
  { attributes, ttlMs }: NaiveView,
  known: readonly Known[],
  momentUs: bigint,
): ReadonlyMap<string, NaiveValue> {
  const newest = known.at(-1)
  const isServed =
    newest !== undefined &&
    (ttlMs === undefined || newest.effectiveUs >= momentUs - BigInt(ttlMs) * 1_000n)
  return new Map(
    attributes.map(({ name, column }) => [
      name,
      { value: isServed ? (newest.values[column] ?? null) : null, tolerance: 0 },
    ]),
  )
}

/** The records of each window that ends at or before an edge, the oldest window first. */
function windowsAt(
  { intervalMs }: NaiveView,
  window: AggregationWindow,
  edge: bigint,
  known: readonly Known[],
): readonly (readonly Known[])[] {
  const step = intervalMs === undefined ? undefined : BigInt(intervalMs) * 1_000n
  const end = step === undefined ? edge : floorTo(edge, step)
  const upTo = (time: bigint, bound: bigint) => (step === undefined ? time <= bound : time < bound)
  const after = (time: bigint, bound: bigint) => (step === undefined ? time > bound : time >= bound)
  const between = (from: bigint, to: bigint) =>
    known.filter(({ effectiveUs }) => after(effectiveUs, from) && upTo(effectiveUs, to))
  const us = (ms: number) => BigInt(ms) * 1_000n
  switch (window.kind) {
    case 'lifetime':
      return [known.filter(({ effectiveUs }) => upTo(effectiveUs, end))]
    case 'time': {
      const to = end + us(window.offsetMs)
      return [between(to - us(window.sizeMs), to)]
    }
    case 'series': {
      const all: (readonly Known[])[] = []
      let to = end + us(window.startMs + window.sizeMs)
      for (; to <= end + us(window.endMs); to += us(window.stepMs)) {
        all.push(between(to - us(window.sizeMs), to))
      }
      return all
    }
  }
}

function listOf(values: readonly NaiveValue[]): NaiveValue {
  return {
    value: values.map(({ value }) => value),
    tolerance: values.map(({ tolerance }) => (typeof tolerance === 'number' ? tolerance : 0)),
  }
}

/** By (event time, ingest time, partition, offset). */
function byOrder(a: Known, b: Known): number {
  return (
    sign(a.eventUs, b.eventUs) ||
    sign(a.ingestUs, b.ingestUs) ||
    a.partition - b.partition ||
    a.offset - b.offset
  )
}

function floorTo(value: bigint, step: bigint): bigint {
  return value - (((value % step) + step) % step)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregatedRecord } from '../../../gateway/online/aggregated-record.ts'
import { aggregationPlan } from '../../../gateway/online/aggregation-plan.ts'
import {
  decodePiece,
  type EntityState,
  encodePiece,
  isLatest,
} from '../../../gateway/online/entity-state.ts'
import { aggregateChanges } from '../../../gateway/online/fold-aggregates.ts'
import { forgetPieces } from '../../../gateway/online/forget-pieces.ts'
import { readAggregates } from '../../../gateway/online/read-aggregates.ts'
import { noKey, tileNumbers } from '../../../gateway/online/tile-rows.ts'
import type { ResolvedAggregation } from '../../../gateway/registry/resolved-definitions.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { aggregateOf } from '../../../shared/aggregates/aggregate-of.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import type { Canonical } from '../../../shared/fields/data-type.ts'
import {
  aggregations,
  functions,
  keysInOrder,
  nowUs,
  records,
  second,
} from '../support/arbitrary-aggregations.ts'

const entityKey = '["a"]'
/** What the rule says, read literally. */
function naive(
  aggregation: ResolvedAggregation,
  folded: readonly AggregatedRecord[],
  atUs: number,
): readonly Canonical[] {
  const { intervalMs, secondaryKey, leadingEdge, keys, aggregates } = aggregation
  const newest = Math.max(...folded.map(record => record.effectiveUs))
  const at = leadingEdge === 'latest_event_time' && folded.length > 0 ? newest : atUs
  const step = (intervalMs ?? 0) * 1_000
  const edge = step === 0 ? at + 1 : at - (((at % step) + step) % step)
  const within = (startUs: number, endUs: number) =>
    folded.filter(
      ({ effectiveUs, key }) =>
        effectiveUs >= startUs &&
        effectiveUs < endUs &&
        (secondaryKey === undefined || key !== null),
    )
  const windowsIn = (window: AggregationWindow): AggregatedRecord[][] => {
    if (window.kind === 'lifetime') return [within(-Infinity, edge)]
    if (window.kind === 'time') {
      const end = edge + window.offsetMs * 1_000
      return [within(end - window.sizeMs * 1_000, end)]
    }
    const all: AggregatedRecord[][] = []
    for (let ms = window.startMs + window.sizeMs; ms <= window.endMs; ms += window.stepMs) {
      all.push(within(edge + (ms - window.sizeMs) * 1_000, edge + ms * 1_000))
    }
    return all
  }
  const keysIn = (window: AggregationWindow) =>
    [...new Set((windowsIn(window)[0] ?? []).map(({ key }) => key))].sort(
      (a, b) => keysInOrder.indexOf(String(a)) - keysInOrder.indexOf(String(b)),
    )
  const compute = (fn: AggregateFunction, column: string, of: readonly AggregatedRecord[]) => {
    const aggregate = aggregateOf(fn, 'int64')
    let state: Canonical | undefined
    for (const { values, order } of of) {
      const one = values[columnsOf(aggregation).indexOf(column)] ?? null
      if (one !== null) state = aggregate.fold(state, one, order)
    }
    return aggregate.finish(state)
  }
  return [
    ...keys.map(keysIn),
    ...aggregates.map(({ function: fn, column, window }) => {
      const windows = windowsIn(window)
      if (secondaryKey !== undefined) {
        return keysIn(window).map(key =>
          compute(
            fn,
            column,
            (windows[0] ?? []).filter(record => record.key === key),
          ),
        )
      }
      const computed = windows.map(of => compute(fn, column, of))
      return window.kind === 'series' ? computed : (computed[0] ?? null)
    }),
  ]
}

function columnsOf({ aggregates }: ResolvedAggregation): string[] {
  return [...new Set(aggregates.map(({ column }) => column))]
}

/** Variances of the same values in another order agree within a part in a billion. */
function rounded(value: Canonical): Canonical {
  if (Array.isArray(value)) return value.map(rounded)
  return typeof value === 'number' && !Number.isSafeInteger(value)
    ? Number(value.toPrecision(9))
    : value
}

describe('aggregates of an entity', () => {
  it('are those of the records in each window, whatever their order, and stored in between', () => {
    fc.assert(
      fc.property(
        aggregations,
        records,
        fc.array(fc.nat(59), { maxLength: 4 }),
        fc.array(
          fc.oneof(
            fc.nat(7_000 * second),
            fc.nat(30).map(s => s * second),
          ),
          { maxLength: 4 },
        ),
        fc.constantFrom(1_024, 2, 5),
        fc.constantFrom(65_536, 300, 60),
        (aggregation, folded, stored, laterUs, eventsAtOnce, maxBytes) => {
          fc.pre(aggregation.aggregates.length > 0)
          const plan = { ...aggregationPlan(aggregation), eventsAtOnce }
          const items = new Map<string, EntityState>()
          const pages = {
            get: (itemKey: string) => items.get(itemKey),
            drop: (itemKey: string) => items.delete(itemKey),
          }
          for (const [at, one] of folded.entries()) {
            const record = aggregation.secondaryKey === undefined ? { ...one, key: noKey } : one
            const changes = [...aggregateChanges(plan, entityKey, record)]
            for (const { itemKey, change, below, divide } of changes) {
              const before = items.get(itemKey)
              const next = below?.(before)
              if (next !== undefined) changes.push(next)
              const after = change(before)
              items.set(itemKey, after)
              const divided = divide?.(after, maxBytes)
              if (divided === undefined) continue
              items.set(itemKey, divided.state)
              for (const [itemKey, state] of divided.pieces) items.set(itemKey, state)
            }
            for (const endMs of changes.flatMap(({ goneMs = [] }) => goneMs)) {
              forgetPieces(pages, plan, { entityKey, stateKey: '', endMs })
            }
            if (!stored.includes(at)) continue
            for (const [key, state] of items) {
              if (!isLatest(state)) items.set(key, decodePiece(encodePiece(state)))
            }
          }
          const root = items.get(entityKey)
          const tiles =
            root !== undefined && 'kind' in root && root.kind === 'root' ? root.tiles : []
          const held = tileNumbers(tiles, plan.tiled)
          for (const itemKey of items.keys()) {
            const [, endMs] = /:(-?[\d.]+)$/.exec(itemKey) ?? []
            if (endMs === undefined) continue
            // Whatever a tile of the root consists of, and nothing else.
            const widest = Math.floor((Number(endMs) * 1_000 - 1) / (plan.widthsUs.at(-1) ?? 1))
            expect(held).toContain(widest)
          }
          for (const later of [0, ...laterUs]) {
            const read = readAggregates(plan, entityKey, nowUs + later, key => items.get(key))
            const wanted = naive(aggregation, folded, nowUs + later)
            expect(read.values.map(rounded)).toEqual(wanted.map(rounded))
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

it('tiles have the widths that are stored by, whatever else becomes of aggregates', () => {
  const widthsMs = (sizeMs: number, intervalMs?: number) =>
    aggregationPlan({
      ...(intervalMs === undefined ? {} : { intervalMs }),
      keys: [],
      aggregates: functions.map((fn, at) => ({
        name: `f${at}`,
        column: 'x',
        columnKind: 'int64',
        function: fn,
        window: { kind: 'time', sizeMs, offsetMs: 0 },
      })),
    }).widthsUs.map(us => us / 1_000)
  expect(widthsMs(3_600_000)).toEqual([879, 14_064, 225_024])
  expect(widthsMs(30 * 86_400_000)).toEqual([632_813, 10_125_008, 162_000_128])
  expect(widthsMs(86_400_000, 3_600_000)).toEqual([3_600_000, 57_600_000])
  expect(widthsMs(1_000)).toEqual([1, 16, 256])
})

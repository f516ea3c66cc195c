import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import { firstMicros, timestampOfMicros } from '../../shared/timestamp.ts'
import type { FeatureValues, ViewReading } from '../contracts/feature-shard-contract.ts'
import { type EntityState, isFull, isLatest } from './entity-state.ts'
import { readAggregates } from './read-aggregates.ts'
import type { ViewRule } from './view-rule.ts'

/** A view as it is read: its rule, and what its states are kept under. Nothing for one that is not served. */
export type ReadView =
  | { readonly rule: ViewRule | undefined; readonly stateKey: string }
  | undefined

type FindState = (itemKey: string, stateKey: string) => EntityState | undefined

/**
 * Reads views of entities at one moment: the clock's, or that of the newest record where a clock of another machine
 * was ahead. Each record that was folded counts.
 */
export function readStates(
  find: FindState,
  views: readonly ReadView[],
  { keys, leadingEdge }: { readonly keys: readonly string[]; readonly leadingEdge?: LeadingEdge },
  nowMs: number,
): { readonly readings: readonly (readonly ViewReading[])[]; readonly atUs: number } {
  // Records of this very millisecond count.
  let atUs = nowMs * 1_000 + 999
  for (const key of keys) {
    for (const view of views) {
      const state = view && find(key, view.stateKey)
      if (state === undefined) continue
      if (isLatest(state)) atUs = Math.max(atUs, state.ingestUs)
      else if (state.kind === 'root') atUs = Math.max(atUs, state.newestUs)
    }
  }
  const reading = (key: string, view: ReadView): ViewReading => {
    if (view?.rule === undefined) return { status: 'unknown' }
    const { stateKey, rule } = view
    if (rule.plan === undefined) {
      const state = find(key, stateKey)
      if (state === undefined) return { status: 'missing' }
      if (isLatest(state)) return { status: 'present', state }
      throw new TypeError('A stored state is no newest record.')
    }
    // What was left out would else be served as if it had never been.
    if (isFull(find(key, stateKey))) return { status: 'unknown' }
    const plan = leadingEdge === undefined ? rule.plan : { ...rule.plan, leadingEdge }
    const { values, present, edgeUs } = readAggregates(plan, key, atUs, itemKey =>
      find(itemKey, stateKey),
    )
    // The last whole interval before the first records there can be ends earlier than any text of a time.
    const eventTime = timestampOfMicros(BigInt(Math.max(edgeUs, firstMicros)))
    const state: FeatureValues = { eventTime, ingestUs: edgeUs, values, present }
    return { status: 'present', state }
  }
  return { readings: keys.map(key => views.map(view => reading(key, view))), atUs }
}

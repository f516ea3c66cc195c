import type { Canonical } from '../fields/data-type.ts'
import type { RecordOrder } from './latest.ts'

/**
 * How the values of one column become one result: pure, and the same in the online store and in a backfill.
 * A state is JSON and is never changed once it was given out; there is none before the first value. Values are
 * canonical and never null: who folds leaves nulls out.
 */
export interface Aggregate<State extends Canonical = Canonical> {
  /** Folds one value. Values may come in any order: `order` says which is newer. */
  fold(state: State | undefined, value: Canonical, order: RecordOrder): State
  /** The state of both sides' values; the same as folding them one by one, within what its file states. */
  merge(a: State, b: State): State
  /** The canonical result of a state, or of no value at all. */
  finish(state: State | undefined): Canonical
  /** Makes sure of a state that was stored; throws a TypeError where it is damaged. */
  read(value: unknown): State
  /** About how many bytes a state takes as JSON; never far below. Cost: constant. */
  sizeOf(state: State): number
  /** The most that any state takes, in bytes, texts at `maxTextBytes`; for the sum at apply. */
  readonly maxBytes: number
}

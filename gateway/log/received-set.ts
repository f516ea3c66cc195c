import type { RecordCode } from '../../shared/error-codes.ts'
import { limits } from '../../shared/limits.ts'
import type { Range } from '../contracts/message.ts'

export interface KeptRejection {
  readonly code: RecordCode
  readonly field?: string
}

/**
 * What a partition has received of one producer. Below `base` everything is settled, by the sender's own
 * word; `ranges` are sorted, apart from each other and reach above the base. Kept rejections lie inside
 * ranges.
 */
export interface ReceivedSet {
  base: number
  ranges: Range[]
  readonly rejections: Map<number, KeptRejection>
}

export type SequenceVerdict =
  | { readonly status: 'new' }
  | { readonly status: 'duplicate'; readonly code?: 'settled' }
  | { readonly status: 'rejected'; readonly code: RecordCode; readonly field?: string }
  | { readonly status: 'retry'; readonly code: 'too_far_ahead' }

/** A received set that has received nothing. */
export function emptyReceivedSet(): ReceivedSet {
  return { base: 0, ranges: [], rejections: new Map() }
}

/** Takes the sender's word that everything below `floor` is settled; a lower floor changes nothing. */
export function settleBelow(set: ReceivedSet, floor: number): void {
  if (floor <= set.base) return
  set.base = floor
  set.ranges = set.ranges
    .filter(([, end]) => end > floor)
    .map(([start, end]) => [Math.max(start, floor), end])
  for (const sequence of set.rejections.keys()) {
    if (sequence < floor) set.rejections.delete(sequence)
  }
}

/**
 * Gives the verdict on a sequence without receiving it: the one it had, `new`, or `retry` where taking it
 * in would open one range too many. The sequence at the base is always taken.
 */
export function judgeSequence(set: ReceivedSet, sequence: number): SequenceVerdict {
  if (sequence < set.base) return { status: 'duplicate', code: 'settled' }
  const at = rangeAtOrBelow(set.ranges, sequence)
  const below = set.ranges[at]
  if (below !== undefined && sequence < below[1]) {
    const rejection = set.rejections.get(sequence)
    return rejection === undefined ? { status: 'duplicate' } : { status: 'rejected', ...rejection }
  }
  const touches =
    sequence === set.base || below?.[1] === sequence || set.ranges[at + 1]?.[0] === sequence + 1
  if (!touches && openRanges(set) >= limits.maxReceivedRanges) {
    return { status: 'retry', code: 'too_far_ahead' }
  }
  return { status: 'new' }
}

/** Whether a whole run `[start, end)` is new and may be received as one range. Cost: one binary search. */
export function isUnseen(set: ReceivedSet, start: number, end: number): boolean {
  if (start < set.base) return false
  const at = rangeAtOrBelow(set.ranges, start)
  const below = set.ranges[at]
  const above = set.ranges[at + 1]
  if ((below !== undefined && below[1] > start) || (above !== undefined && above[0] < end)) {
    return false
  }
  const touches = start === set.base || below?.[1] === start || above?.[0] === end
  return touches || openRanges(set) < limits.maxReceivedRanges
}

/** Whether one more rejection can be kept; above the bound the sender has to settle some first. */
export function canKeepRejection(set: ReceivedSet, sequence: number): boolean {
  return set.rejections.size < limits.maxKeptRejections || sequence === set.base
}

/** Receives sequences `[start, end)`, none of which was received before. Cost: linear in the ranges. */
export function receive(set: ReceivedSet, start: number, end: number): void {
  const at = rangeAtOrBelow(set.ranges, start)
  const below = set.ranges[at]
  const above = set.ranges[at + 1]
  const joinsBelow = below !== undefined && below[1] === start
  const joinsAbove = above !== undefined && above[0] === end
  const merged: Range = [joinsBelow ? below[0] : start, joinsAbove ? above[1] : end]
  set.ranges.splice(joinsBelow ? at : at + 1, (joinsBelow ? 1 : 0) + (joinsAbove ? 1 : 0), merged)
}

/** Keeps why a received sequence was rejected, to say the same on a resend. */
export function keepRejection(set: ReceivedSet, sequence: number, rejection: KeptRejection): void {
  set.rejections.set(sequence, rejection)
}

/** Ranges besides the one that touches the base. */
function openRanges(set: ReceivedSet): number {
  return set.ranges.length - (set.ranges[0]?.[0] === set.base ? 1 : 0)
}

/** Index of the last range that starts at or below the sequence, -1 when there is none. */
function rangeAtOrBelow(ranges: readonly Range[], sequence: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ranges[middle]?.[0] ?? Number.POSITIVE_INFINITY) <= sequence) low = middle + 1
    else high = middle
  }
  return low - 1
}

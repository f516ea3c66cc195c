import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canKeepRejection,
  emptyReceivedSet,
  judgeSequence,
  keepRejection,
  type ReceivedSet,
  receive,
  settleBelow,
} from '../../../gateway/log/received-set.ts'
import { limits } from '../../../shared/limits.ts'

/** The same rules said naively: every received sequence by itself. */
interface Model {
  floor: number
  readonly received: Set<number>
  readonly rejected: Set<number>
}

function modelVerdict(model: Model, sequence: number): string {
  if (sequence < model.floor) return 'settled'
  if (model.rejected.has(sequence)) return 'rejected'
  if (model.received.has(sequence)) return 'duplicate'
  const touches =
    sequence === model.floor || model.received.has(sequence - 1) || model.received.has(sequence + 1)
  return touches || openRuns(model) < limits.maxReceivedRanges ? 'new' : 'retry'
}

/** Runs of received sequences at or above the floor, without the one that starts at it. */
function openRuns({ floor, received }: Model): number {
  const starts = [...received].filter(
    sequence => sequence >= floor && (sequence === floor || !received.has(sequence - 1)),
  )
  return starts.filter(start => start !== floor).length
}

function verdictOf(set: ReceivedSet, sequence: number): string {
  const verdict = judgeSequence(set, sequence)
  return verdict.status === 'duplicate' && verdict.code === 'settled' ? 'settled' : verdict.status
}

function take(set: ReceivedSet, model: Model, sequence: number, reject: boolean): void {
  receive(set, sequence, sequence + 1)
  model.received.add(sequence)
  if (!reject) return
  keepRejection(set, sequence, { code: 'wrong_type', field: 'n' })
  model.rejected.add(sequence)
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ sequence: fc.nat(300), reject: fc.boolean() }) },
  // Mostly low ones: a high floor settles all that comes after it.
  { weight: 1, arbitrary: fc.record({ floor: fc.oneof(fc.nat(20), fc.nat(300)) }) },
)

describe('a received set', () => {
  it('gives the verdicts of a plain set of sequences, through overtaking, gaps and floors', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), steps => {
        const set = emptyReceivedSet()
        const model: Model = { floor: 0, received: new Set(), rejected: new Set() }
        for (const step of steps) {
          if ('floor' in step) {
            settleBelow(set, step.floor)
            model.floor = Math.max(model.floor, step.floor)
            continue
          }
          const expected = modelVerdict(model, step.sequence)
          expect(verdictOf(set, step.sequence)).toBe(expected)
          if (expected === 'new') take(set, model, step.sequence, step.reject)
        }
        for (let sequence = 0; sequence <= 301; sequence++) {
          expect(verdictOf(set, sequence)).toBe(modelVerdict(model, sequence))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keeps its ranges sorted, apart and above the base', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), steps => {
        const set = emptyReceivedSet()
        for (const step of steps) {
          if ('floor' in step) settleBelow(set, step.floor)
          else if (judgeSequence(set, step.sequence).status === 'new') {
            receive(set, step.sequence, step.sequence + 1)
          }
          let end = set.base - 1
          for (const [first, last] of set.ranges) {
            expect(first).toBeGreaterThan(end)
            expect(last).toBeGreaterThan(first)
            end = last
          }
        }
      }),
    )
  })

  it('costs one number when sequences come in order', () => {
    const set = emptyReceivedSet()
    for (let sequence = 0; sequence < 5_000; sequence++) receive(set, sequence, sequence + 1)
    expect(set.ranges).toEqual([[0, 5_000]])
  })

  it('answers retry for the range above the bound, but always takes the sequence at the base', () => {
    const set = emptyReceivedSet()
    for (let at = 1; at <= limits.maxReceivedRanges; at++) receive(set, at * 10, at * 10 + 1)
    expect(judgeSequence(set, 5_000)).toEqual({ status: 'retry', code: 'too_far_ahead' })
    expect(judgeSequence(set, 11)).toEqual({ status: 'new' })
    expect(judgeSequence(set, 9)).toEqual({ status: 'new' })
    expect(judgeSequence(set, 0)).toEqual({ status: 'new' })
    receive(set, 0, 1)
    // The range at the base is not counted, so nothing changed for the others.
    expect(judgeSequence(set, 5_000).status).toBe('retry')
    settleBelow(set, 11)
    expect(judgeSequence(set, 5_000).status).toBe('new')
  })

  it('says the same of a rejected sequence until it is settled', () => {
    const set = emptyReceivedSet()
    receive(set, 3, 4)
    keepRejection(set, 3, { code: 'wrong_type', field: 'n' })
    const rejected = { status: 'rejected', code: 'wrong_type', field: 'n' }
    expect(judgeSequence(set, 3)).toEqual(rejected)
    receive(set, 4, 5)
    receive(set, 2, 3)
    expect(judgeSequence(set, 3)).toEqual(rejected)
    settleBelow(set, 4)
    expect(judgeSequence(set, 3)).toEqual({ status: 'duplicate', code: 'settled' })
    expect(set.rejections.size).toBe(0)
  })

  it('keeps at most 1,000 rejections, and the one at the base', () => {
    const set = emptyReceivedSet()
    for (let sequence = 1; sequence <= limits.maxKeptRejections; sequence++) {
      expect(canKeepRejection(set, sequence)).toBe(true)
      receive(set, sequence, sequence + 1)
      keepRejection(set, sequence, { code: 'wrong_type' })
    }
    expect(canKeepRejection(set, 5_000)).toBe(false)
    expect(canKeepRejection(set, 0)).toBe(true)
    settleBelow(set, 2)
    expect(canKeepRejection(set, 5_000)).toBe(true)
  })

  it('takes a lower floor as no word at all', () => {
    const set = emptyReceivedSet()
    settleBelow(set, 10)
    settleBelow(set, 4)
    settleBelow(set, 9)
    expect(set.base).toBe(10)
  })
})

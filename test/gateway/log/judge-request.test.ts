import { array, assert, nat, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AppendMessage, VerdictRun } from '../../../gateway/contracts/append.ts'
import type { Range } from '../../../gateway/contracts/message.ts'
import { judgeRequest } from '../../../gateway/log/judge-request.ts'
import { emptyReceivedSet } from '../../../gateway/log/received-set.ts'

const requests = array(
  record({
    floor: nat(30),
    ranges: array(record({ start: nat(60), length: nat(12) }), { maxLength: 5 }),
    rejected: array(nat(80), { maxLength: 4 }),
  }),
  { maxLength: 12 },
)

/** A request with its sequences as runs, or each alone: which is the same request. */
function messageOf(
  floor: number,
  ranges: readonly Range[],
  rejected: readonly number[],
): AppendMessage {
  return {
    format: 1,
    version: 1,
    producer: 'p',
    kind: 'named',
    floor,
    text: '',
    sequences: ranges,
    slots: {},
    rejected: rejected.map(sequence => ({ sequence, code: 'wrong_type' })),
    waitMs: 0,
  }
}

function expand(runs: readonly VerdictRun[]) {
  return runs.flatMap(({ count, ...verdict }) =>
    Array.from({ length: count }, (_, at) =>
      verdict.status === 'accepted' ? { ...verdict, offset: verdict.offset + at } : verdict,
    ),
  )
}

describe('judgeRequest', () => {
  it('judges a run as it judges each of its sequences', () => {
    assert(
      property(requests, list => {
        const byRun = emptyReceivedSet()
        const byOne = emptyReceivedSet()
        for (const { floor, ranges, rejected } of list) {
          const runs = ranges.map(
            ({ start, length }): Range => [start + floor, start + floor + length],
          )
          const ones = runs.flatMap(([start, end]) =>
            Array.from({ length: end - start }, (_, at): Range => [start + at, start + at + 1]),
          )
          const refused = rejected.map(sequence => sequence + floor)
          const fast = judgeRequest(byRun, messageOf(floor, runs, refused), 100)
          const slow = judgeRequest(byOne, messageOf(floor, ones, refused), 100)
          expect(expand(fast.verdicts)).toEqual(expand(slow.verdicts))
          expect(fast.accepted).toEqual(slow.accepted)
          expect(fast.request).toEqual(slow.request)
          expect(byRun).toEqual(byOne)
        }
      }),
    )
  })

  it('takes a batch of new records in one step, with one run', () => {
    const received = emptyReceivedSet()
    const { verdicts, accepted } = judgeRequest(received, messageOf(0, [[0, 500]], []), 7)
    expect(verdicts).toEqual([{ status: 'accepted', offset: 7, count: 500 }])
    expect(accepted).toEqual([[0, 500]])
    expect(received.ranges).toEqual([[0, 500]])
  })
})

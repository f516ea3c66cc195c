import type { AppendMessage, Rejection, Verdict, VerdictRun } from '../contracts/append.ts'
import type { Range } from '../contracts/message.ts'
import { extendRanges } from '../sequence-ranges.ts'
import {
  canKeepRejection,
  isUnseen,
  judgeSequence,
  keepRejection,
  type ReceivedSet,
  receive,
  settleBelow,
} from './received-set.ts'
import type { RowRequest } from './row-header.ts'

export interface JudgedRequest {
  /** By place: the records of the message's text, then its rejected ones. */
  readonly verdicts: readonly VerdictRun[]
  /** Places of the accepted records, ascending. */
  readonly accepted: readonly Range[]
  /** What the row's header says of this request. */
  readonly request: RowRequest
}

/**
 * Gives every record of a request its verdict and receives it into the producer's set: once, for ever,
 * since the same verdict is given on each resend. Accepted records get offsets from `start` on. Cost: one
 * step for a run of new records, one for each record otherwise.
 */
export function judgeRequest(
  received: ReceivedSet,
  message: AppendMessage,
  start: number,
): JudgedRequest {
  settleBelow(received, message.floor)
  const verdicts: VerdictRun[] = []
  const accepted: [number, number][] = []
  const sequences: [number, number][] = []
  const rejected: Rejection[] = []
  let offset = start
  let place = 0

  const accept = (first: number, end: number) => {
    const count = end - first
    receive(received, first, end)
    extendRanges(sequences, first, end)
    extendRanges(accepted, place, place + count)
    addRun(verdicts, { status: 'accepted', offset, count })
    offset += count
    place += count
  }
  for (const [first, end] of message.sequences) {
    if (end > first && isUnseen(received, first, end)) {
      accept(first, end)
      continue
    }
    for (let sequence = first; sequence < end; sequence++) {
      const verdict = judgeSequence(received, sequence)
      if (verdict.status === 'new') {
        accept(sequence, sequence + 1)
      } else {
        addRun(verdicts, { ...verdict, count: 1 })
        place++
      }
    }
  }
  for (const rejection of message.rejected) {
    const verdict = judgeRejection(received, rejection)
    if (verdict === 'kept') rejected.push(rejection)
    addRun(verdicts, { ...(verdict === 'kept' ? rejectedBy(rejection) : verdict), count: 1 })
  }

  const { producer, kind, bodyDigest, floor, version } = message
  const request: RowRequest = {
    producer,
    kind,
    ...(bodyDigest === undefined ? {} : { bodyDigest }),
    floor,
    version,
    accepted: sequences,
    rejected,
  }
  return { verdicts, accepted, request }
}

/** Keeps a new rejection, or gives the verdict that stands in its way. */
function judgeRejection(received: ReceivedSet, rejection: Rejection): Verdict | 'kept' {
  const { sequence, code, field } = rejection
  const verdict = judgeSequence(received, sequence)
  if (verdict.status !== 'new') return verdict
  if (!canKeepRejection(received, sequence)) return { status: 'retry', code: 'too_far_ahead' }
  receive(received, sequence, sequence + 1)
  keepRejection(received, sequence, field === undefined ? { code } : { code, field })
  return 'kept'
}

function rejectedBy({ code, field }: Rejection): Verdict {
  return field === undefined ? { status: 'rejected', code } : { status: 'rejected', code, field }
}

/** Adds to the last run where both say the same: accepted ones always do, their offsets count on. */
function addRun(runs: VerdictRun[], run: VerdictRun): void {
  const last = runs.at(-1)
  const plain = run.status === 'accepted' || (run.status === 'duplicate' && run.code === undefined)
  const same =
    plain && last?.status === run.status && (last.status === 'accepted' || last.code === undefined)
  if (last !== undefined && same) runs[runs.length - 1] = { ...last, count: last.count + run.count }
  else runs.push(run)
}

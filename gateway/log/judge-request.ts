import type { AppendMessage, Range, Rejection, Verdict } from '../contracts.ts'
import { extendRanges } from '../sequence-ranges.ts'
import {
  canKeepRejection,
  judgeSequence,
  keepRejection,
  type ReceivedSet,
  receive,
  settleBelow,
} from './received-set.ts'
import type { RowRequest } from './row-header.ts'

export interface JudgedRequest {
  /** By place: the records of the message's text, then its rejected ones. */
  readonly verdicts: readonly Verdict[]
  /** Places of the accepted records. */
  readonly accepted: readonly number[]
  /** What the row's header says of this request. */
  readonly request: RowRequest
}

/**
 * Gives every record of a request its verdict and receives it into the producer's set: once, for ever,
 * since the same verdict is given on each resend. Accepted records get offsets from `start` on.
 */
export function judgeRequest(
  received: ReceivedSet,
  message: AppendMessage,
  start: number,
): JudgedRequest {
  settleBelow(received, message.floor)
  const verdicts: Verdict[] = []
  const accepted: number[] = []
  const sequences: [number, number][] = []
  const rejected: Rejection[] = []

  for (const [first, end] of message.sequences) {
    for (let sequence = first; sequence < end; sequence++) {
      const verdict = judgeSequence(received, sequence)
      if (verdict.status !== 'new') {
        verdicts.push(verdict)
        continue
      }
      receive(received, sequence, sequence + 1)
      extendRanges(sequences, sequence)
      verdicts.push({ status: 'accepted', offset: start + accepted.length })
      accepted.push(verdicts.length - 1)
    }
  }
  for (const rejection of message.rejected) {
    const { sequence, code, field } = rejection
    const verdict = judgeSequence(received, sequence)
    if (verdict.status !== 'new') {
      verdicts.push(verdict)
    } else if (!canKeepRejection(received, sequence)) {
      verdicts.push({ status: 'retry', code: 'too_far_ahead' })
    } else {
      receive(received, sequence, sequence + 1)
      keepRejection(received, sequence, field === undefined ? { code } : { code, field })
      rejected.push(rejection)
      verdicts.push({ status: 'rejected', code, ...(field === undefined ? {} : { field }) })
    }
  }

  const { producer, kind, bodyDigest, floor, version } = message
  const request: RowRequest = {
    producer,
    kind,
    ...(bodyDigest === undefined ? {} : { bodyDigest }),
    floor,
    version,
    accepted: sequences satisfies readonly Range[],
    rejected,
  }
  return { verdicts, accepted, request }
}

import * as v from 'valibot'
import { isRecordCode } from '../../shared/error-codes.ts'
import type { ProducerKind, Rejection } from '../contracts/append.ts'
import {
  emptyReceivedSet,
  keepRejection,
  type ReceivedSet,
  receive,
  settleBelow,
} from './received-set.ts'
import type { RowRequest } from './row-header.ts'

/** What a partition knows of one producer: its received set, and the body of a request that sends once. */
export interface ProducerState {
  readonly kind: ProducerKind
  readonly bodyDigest?: string
  readonly received: ReceivedSet
}

/** The state of a producer never seen before. */
export function newProducerState(kind: ProducerKind, bodyDigest?: string): ProducerState {
  const received = emptyReceivedSet()
  return bodyDigest === undefined ? { kind, received } : { kind, bodyDigest, received }
}

/** Folds what a stored request did into its producer's state. */
export function foldRequest(state: ProducerState, request: RowRequest): void {
  settleBelow(state.received, request.floor)
  for (const [start, end] of request.accepted) receive(state.received, start, end)
  for (const rejection of request.rejected) receiveRejection(state, rejection)
}

/** Receives a rejected sequence and keeps why. */
export function receiveRejection(state: ProducerState, rejection: Rejection): void {
  const { sequence, code, field } = rejection
  receive(state.received, sequence, sequence + 1)
  keepRejection(state.received, sequence, field === undefined ? { code } : { code, field })
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const stateSchema = v.object({
  format: v.literal(1, 'A producer has another format; a newer gateway wrote it.'),
  kind: v.picklist(['named', 'keyed', 'unnamed']),
  bodyDigest: v.exactOptional(v.string()),
  base: count,
  ranges: v.array(v.tuple([count, count])),
  rejections: v.array(
    v.tuple([count, v.custom<Rejection['code']>(isRecordCode), v.optional(v.string())]),
  ),
})

/** Writes a producer's state as the text of its column. */
export function encodeProducerState(state: ProducerState): string {
  const { kind, bodyDigest, received } = state
  return JSON.stringify({
    format: 1,
    kind,
    bodyDigest,
    base: received.base,
    ranges: received.ranges,
    rejections: [...received.rejections].map(([sequence, { code, field }]) =>
      field === undefined ? [sequence, code] : [sequence, code, field],
    ),
  })
}

/** Reads a producer's state; throws where it is damaged or of another format. */
export function decodeProducerState(text: string): ProducerState {
  const { kind, bodyDigest, base, ranges, rejections } = v.parse(stateSchema, JSON.parse(text))
  const state = newProducerState(kind, bodyDigest)
  state.received.base = base
  state.received.ranges = ranges
  for (const [sequence, code, field] of rejections) {
    keepRejection(state.received, sequence, field === undefined ? { code } : { code, field })
  }
  return state
}

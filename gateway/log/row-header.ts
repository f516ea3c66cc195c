import * as v from 'valibot'
import { isRecordCode } from '../../shared/error-codes.ts'
import type { ProducerKind, Range, Rejection } from '../contracts.ts'

/** The format of stored rows; a newer one is refused. */
export const rowFormat = 1

/** What one request did in a row: enough to fold the producer's received set again. */
export interface RowRequest {
  readonly producer: string
  readonly kind: ProducerKind
  readonly bodyDigest?: string
  readonly floor: number
  /** The definition version that admitted its records. */
  readonly version: number
  /** Sequences of its accepted records, in offset order. */
  readonly accepted: readonly Range[]
  readonly rejected: readonly Rejection[]
}

/** The header of a stored row: what the row did, so that every other state is a fold of rows. */
export interface RowHeader {
  readonly format: typeof rowFormat
  readonly ingestUs: number
  readonly requests: readonly RowRequest[]
  /** For each entity set: the slots its records touch, ascending. */
  readonly slots: { readonly [entitySetId: string]: readonly number[] }
  readonly eventTimes?: readonly [first: string, last: string]
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const range = v.tuple([count, count])

const headerSchema = v.object({
  format: v.literal(rowFormat, 'A stored row has another format; a newer gateway wrote it.'),
  ingestUs: count,
  requests: v.array(
    v.object({
      producer: v.string(),
      kind: v.picklist(['named', 'keyed', 'unnamed']),
      bodyDigest: v.exactOptional(v.string()),
      floor: count,
      version: count,
      accepted: v.array(range),
      rejected: v.array(
        v.object({
          sequence: count,
          code: v.custom<Rejection['code']>(isRecordCode),
          field: v.exactOptional(v.string()),
        }),
      ),
    }),
  ),
  slots: v.record(v.string(), v.array(count)),
  eventTimes: v.exactOptional(v.tuple([v.string(), v.string()])),
})

/** Writes a header as the text of its column. */
export function encodeRowHeader(header: RowHeader): string {
  return JSON.stringify(header)
}

/** Reads a header; throws where the row is damaged or of another format. */
export function decodeRowHeader(text: string): RowHeader {
  return v.parse(headerSchema, JSON.parse(text))
}

/** Number of records a request put into its row. */
export function acceptedCount(request: Pick<RowRequest, 'accepted'>): number {
  let count = 0
  for (const [start, end] of request.accepted) count += end - start
  return count
}

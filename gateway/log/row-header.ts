import * as v from 'valibot'
import { isRecordCode } from '../../shared/error-codes.ts'
import type { ProducerKind, Rejection } from '../contracts/append.ts'
import type { Range } from '../contracts/message.ts'
import { openSeal, type RowPlace, sealHeader } from './row-digest.ts'

/** The format of stored rows: 2 has digests, 1 had none and is still read; a newer one is refused. */
export const rowFormat = 2

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
  readonly format: 1 | typeof rowFormat
  readonly ingestUs: number
  readonly requests: readonly RowRequest[]
  /** For each entity set: the slots its records touch, ascending. */
  readonly slots: { readonly [entitySetId: string]: readonly number[] }
  readonly eventTimes?: readonly [first: string, last: string]
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const range = v.tuple([count, count])

const headerSchema = v.object({
  format: v.picklist([1, rowFormat]),
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

/** A header as it was read, with the digest of the row's body where the format has one. */
export interface OpenedHeader {
  readonly header: RowHeader
  readonly bodyCrc?: number
}

const formatSchema = v.looseObject({ format: v.number() })
const formatNumber = /^\{"format":\d+/

/** Writes a header as the text of its column; format 2 seals it together with its row's place and body. */
export function encodeRowHeader(header: RowHeader, place: RowPlace, body: string): string {
  const text = JSON.stringify(header)
  return header.format === 1 ? text : sealHeader(text, place, body)
}

/** Reads a header: nothing where it is damaged; throws where a newer gateway wrote it. */
export function decodeRowHeader(text: string, place: RowPlace): OpenedHeader | undefined {
  const json = parsed(text)
  const { format } = v.is(formatSchema, json) ? json : {}
  if (format !== undefined && format > rowFormat) {
    // Whatever is whole once it has this version's number was written by it, and the number is damaged.
    const renumbered = text.replace(formatNumber, `{"format":${rowFormat}`)
    if (openSeal(renumbered, place) !== undefined) return undefined
    throw new Error(
      `A stored row has format ${format} and this version reads ${rowFormat}; a newer gateway wrote it.`,
    )
  }
  const bodyCrc = format === rowFormat ? openSeal(text, place) : undefined
  if (format === rowFormat && bodyCrc === undefined) return undefined
  const { success, output } = v.safeParse(headerSchema, json)
  if (!success) return undefined
  return bodyCrc === undefined ? { header: output } : { header: output, bodyCrc }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Number of records a request put into its row. */
export function acceptedCount(request: Pick<RowRequest, 'accepted'>): number {
  let count = 0
  for (const [start, end] of request.accepted) count += end - start
  return count
}

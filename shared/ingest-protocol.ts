import type { RecordCode } from './error-codes.ts'

/**
 * The wire between client and gateway: `POST /ingest`, JSON both ways. It is Tecton's shape, extended by
 * `protocol`, `producer`, `floors`, `allow_partial` and a `sequence` for each record.
 */
export const protocolVersion = 1

/** 128 random bits in lower-case hexadecimal: one sending instance. A secret: it never leaves in a reply. */
export type ProducerId = string
export const producerPattern = /^[0-9a-f]{32}$/

export interface IngestElement {
  /** The record as JSON text holds it: canonical when our client sent it. */
  readonly record: unknown
  /** The producer's number of the record in its source, from 0; needed when a producer is named. */
  readonly sequence?: number
}

export interface IngestRequest {
  readonly protocol?: number
  readonly workspace_name: string
  readonly dry_run?: boolean
  readonly allow_partial?: boolean
  readonly producer?: ProducerId
  /** Per source: the sender's lowest unsettled sequence, at most the lowest one in this request. */
  readonly floors?: { readonly [source: string]: number }
  readonly records: { readonly [source: string]: readonly IngestElement[] }
}

export type ReceiptStatus = 'accepted' | 'duplicate' | 'rejected' | 'retry'

/** The gateway's word on one record, or on a run of them for who asked so; receipts come in request order. */
export interface IngestReceipt {
  readonly source: string
  /** Place of the record, the run's first, in its source's array of the request. */
  readonly index: number
  /** How many records in a row it speaks of; left out, one. */
  readonly count?: number
  readonly status: ReceiptStatus
  readonly field?: string
  readonly code?: RecordCode
  readonly reason?: string
}

export interface FeatureViewIngestMetrics {
  readonly featureViewName: string
  readonly featureViewId: string
  readonly onlineRecordIngestCount: string
  readonly offlineRecordIngestCount: string
}

export interface DataSourceIngestMetrics {
  readonly dataSourceName: string
  readonly dataSourceId: string
  readonly offlineRecordIngestCount: string
}

/** 200: every record is stored or was already; 207: some are rejected or must be sent again. */
export interface IngestReply {
  readonly protocol: number
  readonly workspaceName: string
  readonly ingestMetrics: {
    readonly featureViewIngestMetrics: readonly FeatureViewIngestMetrics[]
    readonly dataSourceIngestMetrics: readonly DataSourceIngestMetrics[]
  }
  readonly receipts?: readonly IngestReceipt[]
}

export interface RecordError {
  readonly featureViewName?: string
  readonly pushSourceName: string
  readonly errorType: 'TectonObjectValidationError'
  readonly errorMessage: string
  readonly index: number
  readonly field?: string
  readonly code: RecordCode
}

/** A refusal: either of the whole request, or of the plain form's records, of which nothing was stored. */
export interface IngestRefusal {
  readonly workspaceName?: string
  readonly requestError?: {
    readonly errorType: 'RequestValidationError'
    readonly errorMessage: string
    readonly code: string
  }
  readonly recordErrors?: readonly RecordError[]
}

import { recordCodes } from '../../shared/error-codes.ts'
import {
  type IngestReceipt,
  type IngestReply,
  protocolVersion,
  type RecordError,
} from '../../shared/ingest-protocol.ts'
import type { Verdict } from '../contracts/append.ts'
import type { IngestedSource } from './ingest.ts'
import type { JudgedSource, RecordRejection } from './judged-source.ts'

/** The reply's counts: texts, one entry for each view that reads a source and one for each source. */
export function ingestMetrics(
  sources: readonly { readonly judged: JudgedSource; readonly accepted: number }[],
): IngestReply['ingestMetrics'] {
  const known = sources.flatMap(({ judged, accepted }) =>
    judged.compiled === undefined ? [] : [{ source: judged.compiled.source, accepted }],
  )
  return {
    featureViewIngestMetrics: known.flatMap(({ source, accepted }) =>
      source.views.map(view => ({
        featureViewName: view.name,
        featureViewId: view.id,
        onlineRecordIngestCount: String(accepted),
        offlineRecordIngestCount: String(source.logOffline ? accepted : 0),
      })),
    ),
    dataSourceIngestMetrics: known.map(({ source, accepted }) => ({
      dataSourceName: source.name,
      dataSourceId: source.id,
      offlineRecordIngestCount: String(source.logOffline ? accepted : 0),
    })),
  }
}

/** A reply in Tecton's shape; receipts only for whoever understands them. */
export function ingestReply(
  workspaceName: string,
  metrics: IngestReply['ingestMetrics'],
  receipts: readonly IngestReceipt[] | undefined,
): IngestReply {
  const reply = { protocol: protocolVersion, workspaceName, ingestMetrics: metrics }
  return receipts === undefined ? reply : { ...reply, receipts }
}

/** The same reply as JSON. Most receipts say nothing but a status: those are put together from few pieces. */
export function ingestReplyText(
  workspaceName: string,
  metrics: IngestReply['ingestMetrics'],
  receipts: readonly IngestReceipt[],
): string {
  const reply = JSON.stringify(ingestReply(workspaceName, metrics, undefined))
  let text = `${reply.slice(0, -1)},"receipts":[`
  let source: string | undefined
  let head = ''
  for (const [at, receipt] of receipts.entries()) {
    if (at > 0) text += ','
    if (receipt.source !== source) {
      source = receipt.source
      head = `{"source":${JSON.stringify(source)},"index":`
    }
    text +=
      receipt.code === undefined && receipt.reason === undefined
        ? `${head}${receipt.index}${receipt.count === undefined ? '' : `,"count":${receipt.count}`},"status":"${receipt.status}"}`
        : JSON.stringify(receipt)
  }
  return `${text}]}`
}

/** Gives one receipt for those in a row that say the same status of one source and nothing else. */
export function receiptRuns(receipts: readonly IngestReceipt[]): IngestReceipt[] {
  const runs: (IngestReceipt & { count?: number })[] = []
  let run: (IngestReceipt & { count: number }) | undefined
  for (const receipt of receipts) {
    const { source, index, status, code, reason } = receipt
    const isBare = code === undefined && reason === undefined
    if (isBare && run?.source === source && run.status === status) run.count += 1
    else {
      run = isBare ? { source, index, count: 1, status } : undefined
      runs.push(run ?? receipt)
    }
  }
  return runs
}

/** One receipt for each record of a source, in request order. */
export function receiptsOf({ judged, result }: IngestedSource): IngestReceipt[] {
  const source = judged.name
  if (result.outcome === 'judged') {
    const rejections = new Map(judged.rejected.map(rejection => [rejection.index, rejection]))
    return result.verdicts.map((verdict, index) =>
      receiptOf(source, index, verdict, rejections.get(index)),
    )
  }
  const count = judged.admitted.length + judged.rejected.length
  const reason = result.outcome === 'not_stored' ? result.reason : 'its definition changed'
  return Array.from({ length: count }, (_, index) => ({
    source,
    index,
    status: 'retry' as const,
    code: 'not_stored' as const,
    reason: `The record was not stored: ${reason}. Send it again.`,
  }))
}

/** What a dry run says of a source's records: what would be rejected, and that nothing else would. */
export function dryReceiptsOf(judged: JudgedSource): IngestReceipt[] {
  const receipts: IngestReceipt[] = judged.admitted.map(index => ({
    source: judged.name,
    index,
    status: 'accepted',
    reason: 'A dry run stores nothing.',
  }))
  for (const { index, code, field, reason } of judged.rejected) {
    const head = { source: judged.name, index, status: 'rejected' as const, code, reason }
    receipts.push(field === undefined ? head : { ...head, field })
  }
  return receipts.sort((a, b) => a.index - b.index)
}

/** The errors of a request that is all or nothing, one for each bad record. */
export function recordErrorsOf(judged: JudgedSource): RecordError[] {
  return judged.rejected.map(({ index, code, field, reason }) => ({
    pushSourceName: judged.name,
    errorType: 'TectonObjectValidationError',
    errorMessage: `Record ${index} of source "${judged.name.slice(0, 64)}" refused: ${reason}`,
    index,
    ...(field === undefined ? {} : { field }),
    code,
  }))
}

function receiptOf(
  source: string,
  index: number,
  verdict: Verdict,
  rejection: RecordRejection | undefined,
): IngestReceipt {
  const { status } = verdict
  if (status === 'accepted') return { source, index, status }
  if (verdict.code === undefined) return { source, index, status }
  const { code } = verdict
  const reason = rejection?.code === code ? rejection.reason : `${recordCodes[code].title}.`
  const field = 'field' in verdict ? verdict.field : undefined
  return { source, index, status, ...(field === undefined ? {} : { field }), code, reason }
}

import { ingestReplyText, receiptRuns } from '../../gateway/ingest/ingest-reply.ts'
import { parseIngestRequest } from '../../gateway/ingest/parse-ingest-request.ts'
import {
  emptyReceivedSet,
  judgeSequence,
  type ReceivedSet,
  receive,
  settleBelow,
} from '../../gateway/log/received-set.ts'
import type { IngestReceipt } from '../../shared/ingest-protocol.ts'
import { recordSchema } from '../../shared/record-schema.ts'
import { eventFields } from './event-fields.ts'

/** One stored record: its number as an event, not its sequence. */
type Store = (n: number) => void

/**
 * Gives a gateway of one source without storage: the gateway's own parser, record schema, received sets and
 * reply, so that a resend is a duplicate here exactly when it is one there. Each stored record is told to `store`.
 */
export function createFaultGateway(store: Store) {
  const sets = new Map<string, ReceivedSet>()
  const schema = recordSchema(eventFields)

  function judge(set: ReceivedSet, sequence: number, record: unknown) {
    const verdict = judgeSequence(set, sequence)
    if (verdict.status !== 'new') return verdict
    const result = schema['~run']({ value: record }, {})
    // The harness pushes nothing bad: a rejection is a fault of the client, and shows as a loss.
    if (!result.typed)
      return { status: 'rejected', code: 'wrong_type', reason: 'Refused.' } as const
    receive(set, sequence, sequence + 1)
    store(Number(result.value.n))
    return { status: 'accepted' } as const
  }

  return {
    /** Answers a body as `POST /ingest` does, and keeps what it stores. */
    ingest(text: string): { readonly status: number; readonly body: string } {
      const parsed = parseIngestRequest(text)
      if (parsed.outcome === 'refused') {
        const { message: errorMessage, code } = parsed
        const requestError = { errorType: 'RequestValidationError', errorMessage, code }
        return { status: 400, body: JSON.stringify({ requestError }) }
      }
      const { producer, workspace, sources } = parsed.request
      const receipts: IngestReceipt[] = []
      for (const { name: source, elements, floor } of sources) {
        const key = `${producer} ${source}`
        const set = sets.get(key) ?? emptyReceivedSet()
        // Without a producer nothing can be told apart: then each request is its own.
        if (producer !== undefined) sets.set(key, set)
        settleBelow(set, floor)
        for (const [index, { record, sequence }] of elements.entries())
          receipts.push({ source, index, ...judge(set, sequence, record) })
      }
      const metrics = { featureViewIngestMetrics: [], dataSourceIngestMetrics: [] }
      const whole = receipts.every(({ status }) => status === 'accepted' || status === 'duplicate')
      const body = ingestReplyText(workspace, metrics, receiptRuns(receipts))
      return { status: whole ? 200 : 207, body }
    },
  }
}

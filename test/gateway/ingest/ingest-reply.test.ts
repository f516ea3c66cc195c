import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ingestReply, ingestReplyText } from '../../../gateway/ingest/ingest-reply.ts'
import type { IngestReceipt } from '../../../shared/ingest-protocol.ts'

const text = fc.string({ unit: 'binary' })
const said: fc.Arbitrary<IngestReceipt> = fc.record({
  source: text,
  index: fc.nat(),
  status: fc.constantFrom('rejected', 'retry', 'duplicate'),
  code: fc.constantFrom('wrong_type', 'not_stored', 'settled'),
  reason: text,
})
const plain: fc.Arbitrary<IngestReceipt> = fc.record({
  source: fc.oneof(text, fc.constantFrom('a', '"', '\\', '__proto__')),
  index: fc.nat(),
  status: fc.constantFrom('accepted', 'duplicate'),
})
const dry = plain.map(receipt => ({ ...receipt, reason: 'A dry run stores nothing.' }))
const receiptLists = fc.array(fc.oneof(said, plain, dry))

it('writes a reply as JSON.stringify would', () => {
  fc.assert(
    fc.property(text, receiptLists, (workspace, receipts) => {
      const metrics = {
        featureViewIngestMetrics: [],
        dataSourceIngestMetrics: [
          { dataSourceName: workspace, dataSourceId: 'i', offlineRecordIngestCount: '3' },
        ],
      }
      expect(ingestReplyText(workspace, metrics, receipts)).toBe(
        JSON.stringify(ingestReply(workspace, metrics, receipts)),
      )
    }),
    { numRuns: 500 },
  )
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ingestReply, ingestReplyText, receiptRuns } from '../../../gateway/ingest/ingest-reply.ts'
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
const run = fc.tuple(plain, fc.nat()).map(([{ source, index, status }, count]) => ({
  source,
  index,
  count,
  status,
}))
const dry = plain.map(receipt => ({ ...receipt, reason: 'A dry run stores nothing.' }))
const receiptLists = fc.array(fc.oneof(said, plain, run, dry))

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

it('says in runs what it would say of each record', () => {
  // As a request has them: each source once, its records in order.
  const sources = fc.uniqueArray(
    fc.record({
      source: fc.constantFrom('a', 'b', 'c'),
      all: fc.array(fc.oneof({ weight: 4, arbitrary: plain }, said, dry)),
    }),
    { selector: ({ source }) => source },
  )
  fc.assert(
    fc.property(sources, given => {
      const each = given.flatMap(({ source, all }) =>
        all.map((receipt, index) => ({ ...receipt, source, index })),
      )
      const runs = receiptRuns(each)
      const again = runs.flatMap(({ count = 1, index, ...receipt }) =>
        Array.from({ length: count }, (_, nth) => ({ ...receipt, index: index + nth })),
      )
      expect(again).toEqual(each)
      const isBare = (at: number) => !('code' in Object(each[at]) || 'reason' in Object(each[at]))
      const changes = each.filter(
        ({ source, status }, at) =>
          !isBare(at) ||
          !isBare(at - 1) ||
          each[at - 1]?.source !== source ||
          each[at - 1]?.status !== status,
      )
      expect(runs).toHaveLength(changes.length)
    }),
  )
})

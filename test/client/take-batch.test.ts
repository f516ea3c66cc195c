import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeBatch } from '../../client/encode-batch.ts'
import type { OutboxEntry } from '../../client/index.ts'
import { takeBatch } from '../../client/take-batch.ts'

const producer = 'ab'.repeat(16)

function pendingOf(sequence: number, { source = 'clicks', text = '{}', from = producer } = {}) {
  const bytes = new TextEncoder().encode(text).length
  return { entry: { producer: from, source, sequence, text, bytes } }
}

function sizeOf(batch: { entry: OutboxEntry }[]) {
  const floors = new Map(batch.map(({ entry }) => [entry.source, entry.sequence]))
  return new TextEncoder().encode(encodeBatch('a'.repeat(63), batch, floors).body).length
}

it('takes everything that fits', () => {
  const unsettled = [pendingOf(0), pendingOf(1)]
  expect(takeBatch(unsettled, 10_000).batch).toEqual(unsettled)
  expect(takeBatch([], 10_000).batch).toEqual([])
})

it('takes at least one record, however large', () => {
  const large = pendingOf(0, { text: JSON.stringify('x'.repeat(5000)) })
  const { batch, bytes } = takeBatch([large, pendingOf(1)], 1000)
  expect(batch).toEqual([large])
  expect(bytes).toBeGreaterThan(5000)
})

it('ends where another producer begins', () => {
  const other = { from: 'cd'.repeat(16) }
  const unsettled = [pendingOf(0), pendingOf(1), pendingOf(0, other), pendingOf(2)]
  expect(takeBatch(unsettled, 10_000).batch).toEqual(unsettled.slice(0, 2))
})

it('names at most 64 sources', () => {
  const unsettled = Array.from({ length: 70 }, (_, n) => pendingOf(0, { source: `s${n}` }))
  expect(takeBatch(unsettled, 100_000).batch).toHaveLength(64)
})

it('never exceeds the bytes with the body that it becomes', () => {
  const record = fc.record({
    source: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,62}$/),
    text: fc.json(),
    sequence: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), fc.nat(3000), (records, maxBytes) => {
      const unsettled = records.map(({ sequence, ...rest }) => pendingOf(sequence, rest))
      const { batch, bytes } = takeBatch(unsettled, maxBytes)
      expect(sizeOf(batch)).toBeLessThanOrEqual(bytes)
      if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes)
      expect(batch).toEqual(unsettled.slice(0, Math.max(1, batch.length)))
    }),
  )
})

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
  return new TextEncoder().encode(
    encodeBatch('a'.repeat(63), batch[0]?.entry.producer, batch, batch).body,
  ).length
}

it('takes everything that fits', () => {
  const unsettled = [pendingOf(0), pendingOf(1)]
  expect(takeBatch(unsettled, 1_000, 10_000).batch).toEqual(unsettled)
  expect(takeBatch([], 1_000, 10_000).batch).toEqual([])
})

it('passes over what flies, and takes no more records than it may', () => {
  const flying = { ...pendingOf(0), flight: new AbortController() }
  const waiting = [pendingOf(1), pendingOf(2), pendingOf(3)]
  expect(takeBatch([flying, ...waiting], 2, 10_000).batch).toEqual(waiting.slice(0, 2))
})

it('takes at least one record, however large', () => {
  const large = pendingOf(0, { text: JSON.stringify('x'.repeat(5000)) })
  const { batch, bytes } = takeBatch([large, pendingOf(1)], 1_000, 1000)
  expect(batch).toEqual([large])
  expect(bytes).toBeGreaterThan(5000)
})

it('ends where another producer begins', () => {
  const other = { from: 'cd'.repeat(16) }
  const unsettled = [pendingOf(0), pendingOf(1), pendingOf(0, other), pendingOf(2)]
  expect(takeBatch(unsettled, 1_000, 10_000).batch).toEqual(unsettled.slice(0, 2))
})

it('names at most 64 sources', () => {
  const unsettled = Array.from({ length: 70 }, (_, n) => pendingOf(0, { source: `s${n}` }))
  expect(takeBatch(unsettled, 1_000, 100_000).batch).toHaveLength(64)
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
      const { batch, bytes } = takeBatch(unsettled, 1_000, maxBytes)
      expect(sizeOf(batch)).toBeLessThanOrEqual(bytes)
      if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes)
      expect(batch).toEqual(unsettled.slice(0, Math.max(1, batch.length)))
    }),
  )
})

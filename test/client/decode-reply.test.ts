import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRefusal, decodeReply } from '../../client/decode-reply.ts'
import { entryOf } from './support/outbox-conformance.ts'

const order = [entryOf(0), entryOf(1), entryOf(0, 'views')]
const receipts: { [key: string]: unknown }[] = [
  { source: 'clicks', index: 0, status: 'accepted' },
  { source: 'clicks', index: 1, status: 'rejected', field: 'n', code: 'wrong_type', reason: 'No.' },
  { source: 'views', index: 0, status: 'retry', code: 'not_stored', extra: 1 },
]
const read = (reply: unknown) => decodeReply(JSON.stringify(reply), order)

describe('decodeReply', () => {
  it('gives one verdict for each record', () => {
    expect(read({ protocol: 1, receipts })).toEqual([
      { status: 'accepted' },
      { status: 'rejected', field: 'n', code: 'wrong_type', reason: 'No.' },
      { status: 'retry', code: 'not_stored' },
    ])
  })

  it('leaves out texts that are none, and keeps codes it does not know', () => {
    const odd = { ...receipts[1], field: 7, code: 'from_the_future', reason: null }
    expect(read({ protocol: 1, receipts: [receipts[0], odd, receipts[2]] })).toMatchObject([
      {},
      { status: 'rejected', code: 'from_the_future' },
      {},
    ])
  })

  const receiptWith = (change: object) => [receipts[0], { ...receipts[1], ...change }, receipts[2]]
  it.each([
    ['no reply of a Tidegate gateway', ''],
    ['no reply of a Tidegate gateway', '<!doctype html><title>Sign in</title>'],
    ['no reply of a Tidegate gateway', '{"protocol":1,'],
    ['no reply of a Tidegate gateway', 'null'],
    ['no reply of a Tidegate gateway', '[]'],
    ['no reply of a Tidegate gateway', '{"ok":true}'],
    ['no reply of a Tidegate gateway', { protocol: '1', receipts }],
    ['speaks protocol 2: update the client', { protocol: 2, receipts }],
    ['lacks receipts for 3 records', { protocol: 1 }],
    ['lacks receipts for 3 records', { protocol: 1, receipts: {} }],
    ['lacks receipts for 3 records', { protocol: 1, receipts: receipts.slice(1) }],
    ['lacks receipts for 3 records', { protocol: 1, receipts: [...receipts, receipts[0]] }],
    ['Receipt 0', { protocol: 1, receipts: [...receipts].reverse() }],
    ['Receipt 1', { protocol: 1, receipts: receiptWith({ source: 'views' }) }],
    ['Receipt 1', { protocol: 1, receipts: receiptWith({ index: 0 }) }],
    ['Receipt 1', { protocol: 1, receipts: receiptWith({ status: 'stored' }) }],
    [
      'Receipt 1 of the reply does not fit record 1',
      { protocol: 1, receipts: [{}, 0, null].map((odd, at) => (at ? odd : receipts[0])) },
    ],
  ])('refuses with "%s"', (sentence, reply) => {
    const text = typeof reply === 'string' ? reply : JSON.stringify(reply)
    expect(decodeReply(text, order)).toContain(sentence)
  })

  it('refuses a reply that is too large before it parses it', () => {
    expect(decodeReply(' '.repeat(2_097_153), order)).toBe('The reply is too large.')
  })

  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        expect(typeof decodeReply(text, order)).toBe('string')
        decodeRefusal(text)
      }),
    )
  })
})

describe('decodeRefusal', () => {
  it.each([
    [
      { requestError: { errorMessage: 'No.', code: 'forbidden' } },
      { reason: 'No.', code: 'forbidden' },
    ],
    [{ requestError: { errorMessage: 7 } }, {}],
    [{ requestError: 'No.' }, {}],
    ['<html>', {}],
  ])('reads %j as %j', (body, refusal) => {
    expect(decodeRefusal(typeof body === 'string' ? body : JSON.stringify(body))).toEqual(refusal)
  })
})

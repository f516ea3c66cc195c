import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeReply } from '../../client/decode-reply.ts'
import { entryOf } from './support/outbox-conformance.ts'

const order = [entryOf(0), entryOf(1), entryOf(0, 'views')]
const receipts: { [key: string]: unknown }[] = [
  { source: 'clicks', index: 0, status: 'accepted' },
  { source: 'clicks', index: 1, status: 'rejected', field: 'n', code: 'wrong_type', reason: 'No.' },
  { source: 'views', index: 0, status: 'retry', code: 'not_stored', extra: 1 },
]
const decode = (text: string) => decodeReply({ status: 207, text, floorMs: 0 }, order)
const read = (reply: unknown) => Object(decode(JSON.stringify(reply))).verdicts

describe('decodeReply', () => {
  it('gives an ending for each record, or none for one that must be sent again', () => {
    expect(read({ protocol: 1, receipts })).toEqual([
      { status: 'accepted' },
      { status: 'rejected', field: 'n', code: 'wrong_type', reason: 'No.' },
      undefined,
    ])
  })

  it('leaves out texts that are none, and keeps codes it does not know', () => {
    const odd = { ...receipts[1], field: 7, code: 'from_the_future', reason: null }
    expect(read({ protocol: 1, receipts: [receipts[0], odd, receipts[2]] })).toMatchObject([
      {},
      { status: 'rejected', code: 'from_the_future' },
      undefined,
    ])
  })

  const receiptWith = (change: object) => [receipts[0], { ...receipts[1], ...change }, receipts[2]]
  it.each([
    ['no receipt of these 3 records', ''],
    ['no receipt of these 3 records', '<!doctype html><title>Sign in</title>'],
    ['no receipt of these 3 records', '{"protocol":1,'],
    ['no receipt of these 3 records', 'null'],
    ['no receipt of these 3 records', '[]'],
    ['no receipt of these 3 records', '{"ok":true}'],
    ['no receipt of these 3 records', { protocol: '1', receipts }],
    ['speaks protocol 2: update the client', { protocol: 2, receipts }],
    ['no receipt of these 3 records', { protocol: 1 }],
    ['no receipt of these 3 records', { protocol: 1, receipts: {} }],
    ['no receipt of these 3 records', { protocol: 1, receipts: receipts.slice(1) }],
    ['no receipt of these 3 records', { protocol: 1, receipts: [...receipts, receipts[0]] }],
    ['no receipt of these 3 records', { protocol: 1, receipts: [...receipts].reverse() }],
    ['no receipt of these 3 records', { protocol: 1, receipts: receiptWith({ source: 'views' }) }],
    ['no receipt of these 3 records', { protocol: 1, receipts: receiptWith({ index: 0 }) }],
    ['no receipt of these 3 records', { protocol: 1, receipts: receiptWith({ status: 'stored' }) }],
    [
      'no receipt of these 3 records',
      { protocol: 1, receipts: [{}, 0, null].map((odd, at) => (at ? odd : receipts[0])) },
    ],
  ])('refuses with "%s"', (sentence, reply) => {
    const text = typeof reply === 'string' ? reply : JSON.stringify(reply)
    const outcome = decode(text)
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining(sentence) })
  })

  it('says what it was given, but not all of it', () => {
    const { reason } = Object(decode(`<html>${'x'.repeat(10_000)}`))
    expect(reason).toContain('<html>xxx')
    expect(reason.length).toBeLessThan(200)
  })

  it.each([
    [
      [{ ...receipts[0], count: 2 }, receipts[2]],
      ['accepted', 'accepted', 'retry'],
    ],
    [
      [{ ...receipts[0], count: 1 }, receipts[1], receipts[2]],
      ['accepted', 'rejected', 'retry'],
    ],
    [[{ ...receipts[0], count: 3 }], undefined],
    [
      [
        { ...receipts[0], count: 2 },
        { ...receipts[2], count: 2 },
      ],
      undefined,
    ],
    [[{ ...receipts[0], count: 0 }, receipts[1], receipts[2]], undefined],
    [[{ ...receipts[0], count: 1e12 }], undefined],
    [[{ ...receipts[0], count: 'all' }], undefined],
    [[{ ...receipts[0], count: '2' }, receipts[2]], undefined],
    [[{ ...receipts[0], count: 1.5 }, receipts[2]], undefined],
    [[{ ...receipts[0], index: null, count: 2 }, receipts[2]], undefined],
    [[{ ...receipts[0], index: 1, count: 2 }, receipts[2]], undefined],
  ])('reads runs: %j', (runs, statuses) => {
    const verdicts = read({ protocol: 1, receipts: runs })
    expect(verdicts?.map((verdict?: { status: string }) => verdict?.status ?? 'retry')).toEqual(
      statuses,
    )
  })

  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), text => {
        for (const status of [200, 400, 413, 500])
          expect(decodeReply({ status, text, floorMs: 0 }, order)).toHaveProperty('reason')
      }),
    )
  })
})

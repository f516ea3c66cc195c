import { expect, it } from 'vitest'
import { decodeReply } from '../../client/decode-reply.ts'
import { entryOf } from './support/outbox-conformance.ts'

const receipts = [{ source: 'clicks', index: 0, status: 'accepted' }]
const delivered = JSON.stringify({ protocol: 1, receipts })
const classify = (status: number, text = '') =>
  decodeReply({ status, text, floorMs: 5 }, [entryOf(0)])

it.each([200, 201, 202, 207])('takes %d with receipts as delivered', status => {
  const verdicts = [{ status: 'accepted' }]
  expect(classify(status, delivered)).toEqual({ kind: 'delivered', verdicts, floorMs: 5 })
})

it.each([200, 204, 207])('retries %d without receipts', status => {
  expect(classify(status, '<p>Welcome to our Wi-Fi</p>')).toMatchObject({ kind: 'retry' })
})

it.each([0, 301, 302, 307, 408, 425, 429, 500, 502, 503, 504, 511, 520, 599])(
  'retries %d no earlier than told',
  status => {
    expect(classify(status)).toEqual({
      kind: 'retry',
      reason: `The gateway answered ${status}.`,
      floorMs: 5,
    })
  },
)

it.each([401, 403])('waits for another key after %d', status => {
  expect(classify(status)).toMatchObject({ kind: 'key', floorMs: 300_000 })
})

it('splits 413', () => expect(classify(413)).toMatchObject({ kind: 'split' }))

it.each([400, 402, 404, 405, 409, 410, 415, 422, 499, 501, 505])('refuses %d', status => {
  expect(classify(status)).toMatchObject({ kind: 'refused' })
})

it('repeats what the gateway says', () => {
  const said = { requestError: { errorMessage: 'No such workspace.', code: 'unknown_workspace' } }
  expect(classify(404, JSON.stringify(said))).toEqual({
    kind: 'refused',
    reason: 'No such workspace.',
    code: 'unknown_workspace',
    floorMs: 5,
  })
})

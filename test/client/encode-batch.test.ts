import { expect, it } from 'vitest'
import { encodeBatch } from '../../client/encode-batch.ts'

const producer = 'ab'.repeat(16)
const pendingOf = (source: string, sequence: number, text: string, from = producer) => ({
  entry: { producer: from, source, sequence, text, bytes: text.length },
})

it('joins canonical texts untouched, grouped by source, with its floors', () => {
  const first = pendingOf('clicks', 7, '{ "n" : 1.0 }')
  const second = pendingOf('views', 0, '{}')
  const third = pendingOf('clicks', 9, '{"n":"2"}')
  const unsettled = [
    pendingOf('clicks', 2, '{}', 'cd'.repeat(16)),
    pendingOf('other', 3, '{}'),
    pendingOf('clicks', 5, '{}'),
    first,
    second,
    third,
    pendingOf('clicks', 10, '{}'),
  ]
  const { body, order } = encodeBatch(
    'pr"od',
    first.entry.producer,
    [first, second, third],
    unsettled,
  )
  expect(body).toBe(
    `{"protocol":1,"workspace_name":"pr\\"od","producer":"${producer}",` +
      '"floors":{"clicks":5,"views":0},"records":{' +
      '"clicks":[{"record":{ "n" : 1.0 },"sequence":7},{"record":{"n":"2"},"sequence":9}],' +
      '"views":[{"record":{},"sequence":0}]}}',
  )
  expect(order).toEqual([first, third, second])
})

it('gives no floor above what it holds, whatever the order is', () => {
  const batch = [pendingOf('clicks', 7, '{}'), pendingOf('clicks', 5, '{}')]
  expect(encodeBatch('prod', batch[0]?.entry.producer, batch, batch).body).toContain(
    '"floors":{"clicks":5}',
  )
})

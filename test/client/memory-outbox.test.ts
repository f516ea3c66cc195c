import { expect, it } from 'vitest'
import { memoryOutbox } from '../../client/index.ts'
import { entryOf, outboxConformance } from './support/outbox-conformance.ts'

outboxConformance('memoryOutbox', bounds => {
  const outbox = memoryOutbox(bounds)
  return { outbox, reopen: () => outbox }
})

it('refuses what exceeds its bytes until something is settled', () => {
  const outbox = memoryOutbox({ maxBytes: 18 })
  outbox.append(entryOf(0))
  outbox.append(entryOf(1))
  expect(() => outbox.append(entryOf(2))).toThrow(
    'The outbox holds 2 records of 18 bytes: it is full',
  )
  for (const _ of [1, 2])
    outbox.settle([entryOf(0)], [{ source: 'clicks', sequence: 0, status: 'accepted' }])
  outbox.append(entryOf(2))
  expect(() => outbox.append(entryOf(3))).toThrow('full')
})

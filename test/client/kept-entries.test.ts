import { describe, expect, it } from 'vitest'
import { memoryOutbox, type Outbox, type OutboxEntry } from '../../client/index.ts'
import { fail } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

describe('an outbox', () => {
  it('is given each entry to keep for ever as it was, and told of its first attempt by another', async () => {
    const kept: OutboxEntry[] = []
    const attempts: (readonly OutboxEntry[])[] = []
    const inner = memoryOutbox()
    const outbox: Outbox = {
      ...inner,
      append(entry) {
        kept.push(Object.freeze(entry))
        return inner.append(entry)
      },
      attempt(entries) {
        attempts.push(entries.map(entry => Object.freeze(entry)))
        return inner.attempt(entries)
      },
    }
    const { clock, push } = setUp([fail], { outbox })
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(kept).toMatchObject([{ sequence: 0 }])
    expect(kept[0]).not.toHaveProperty('attemptedAtMs')
    const first = { ...kept[0], attemptedAtMs: 1_700_000_000_100 }
    expect(attempts).toEqual([[first], [first]])
  })
})

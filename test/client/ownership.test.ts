import { describe, expect, it } from 'vitest'
import { entryOf } from './support/outbox-conformance.ts'
import { sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'
import { producers, sharedOutbox } from './support/shared-outbox.ts'

describe('a client that adopts what a dead one left', () => {
  it('sends it at once, under the names and numbers that it has', async () => {
    const { outbox, owner, inner } = sharedOutbox()
    const { client, clock, requests } = setUp([], { outbox })
    await clock.turn()
    for (const entry of [entryOf(7), entryOf(8)]) {
      inner.append(entry)
      owner()?.adopt([entry])
    }
    await clock.turn()
    expect(requests.map(request => [sequencesOf(request), request.body.floors?.clicks])).toEqual([
      [[7], 7],
      [[8], 8],
    ])
    expect(client.stats()).toMatchObject({ accepted: 2, pending: 0 })
    expect(await inner.load()).toEqual([])
  })

  it('takes an entry that it has already only once', async () => {
    const { outbox, owner } = sharedOutbox()
    const { client, clock, requests } = setUp([], { outbox })
    await clock.turn()
    owner()?.adopt([entryOf(7)])
    owner()?.adopt([entryOf(7)])
    await clock.drain()
    expect(requests).toHaveLength(1)
    expect(client.stats()).toMatchObject({ accepted: 1, pending: 0 })
  })
})

describe('a client that lost what it owned', () => {
  it('never sends again under the old producer, and says who has its records', async () => {
    const { outbox, lose, inner } = sharedOutbox()
    const { client, clock, errors, push, requests } = setUp([], { outbox, ...producers() })
    const receipts = [push(1), push(2)]
    lose()
    await clock.advance(100)
    for (const receipt of receipts) expect(await receipt).toMatchObject({ status: 'adopted' })
    expect(requests).toHaveLength(0)
    expect(client.stats()).toMatchObject({ adopted: 2, pending: 0, dropped: 0 })
    expect(errors).toEqual([])
    // Whoever adopted them forgets them, not the one that lost them.
    expect(await inner.load()).toHaveLength(2)
  })

  it('numbers what comes next under another producer, from 0', async () => {
    const { outbox, owner } = sharedOutbox()
    const { client, clock, push, requests } = setUp([], { outbox, ...producers() })
    push(1)
    await client.flush()
    owner()?.disown('01'.repeat(16), [])
    push(2)
    await clock.drain()
    expect(requests.map(request => [request.body.producer, sequencesOf(request)])).toEqual([
      ['01'.repeat(16), [0]],
      ['02'.repeat(16), [0]],
    ])
  })

  it('sends what is pushed after it lost everything that lingered', async () => {
    const { outbox, owner } = sharedOutbox()
    const { clock, push, requests } = setUp([], { outbox, ...producers() })
    await clock.turn()
    push(1)
    owner()?.disown('01'.repeat(16), [])
    await clock.advance(500)
    const receipt = push(2)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests).toHaveLength(1)
  })

  it('keeps its producer when another is lost', async () => {
    const { outbox, owner } = sharedOutbox()
    const { client, push, requests } = setUp([], { outbox, ...producers() })
    push(1)
    await client.flush()
    owner()?.disown('ff'.repeat(16), [])
    push(2)
    await client.flush()
    expect(sequencesOf(requests[1] ?? requests[0] ?? Object())).toEqual([1])
  })
})

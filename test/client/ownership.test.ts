import { describe, expect, it } from 'vitest'
import type { Outbox } from '../../client/index.ts'
import { entryOf } from './support/outbox-conformance.ts'
import { hang, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'
import { producers, sharedOutbox } from './support/shared-outbox.ts'

const nothing = () => {}

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

  it('pushes anew what nobody else knows and never left, and reports what may have left', async () => {
    const { outbox, owner } = sharedOutbox()
    const { client, clock, errors, push, requests } = setUp([hang], {
      outbox,
      limits: { maxBatchRecords: 2 },
      ...producers(),
    })
    await clock.turn()
    const receipts = [push(1), push(2), push(3), push(4)]
    await clock.turn()
    // The first two are in flight; the other knows the first and the third.
    expect(requests.map(request => sequencesOf(request))).toEqual([[0, 1]])
    const old = '01'.repeat(16)
    const unkept = [1, 3].map(sequence => ({ ...entryOf(sequence), producer: old }))
    owner()?.disown(old, unkept)
    expect(requests[0]?.signal.aborted).toBe(true)
    await clock.drain()
    expect(await Promise.all(receipts)).toMatchObject([
      { status: 'adopted' },
      { status: 'dropped', code: 'disowned', sequence: 1 },
      { status: 'adopted' },
      { status: 'accepted', sequence: 0 },
    ])
    expect(requests.map(({ body }) => body.producer)).toEqual([old, '02'.repeat(16)])
    expect(requests[1]?.text).toContain('"n":4')
    expect(errors).toMatchObject([{ code: 'disowned', receipts: [{ sequence: 1 }] }])
    expect(client.stats()).toMatchObject({ pending: 0, adopted: 2, dropped: 1, accepted: 1 })
  })

  it('sends anew, and once, what was about to leave when its producer was lost', async () => {
    const { outbox, owner, inner } = sharedOutbox()
    let keep = () => {}
    const slow: Outbox = {
      ...outbox,
      append(entry) {
        inner.append(entry)
        return keep === nothing ? undefined : new Promise<void>(resolve => (keep = resolve))
      },
    }
    const { client, clock, push, requests } = setUp([], {
      outbox: slow,
      limits: { maxBatchRecords: 1, maxInFlight: 2 },
      ...producers(),
    })
    await clock.turn()
    const receipt = push(1)
    await clock.turn()
    expect([requests.length, client.stats().inFlight]).toEqual([0, 1])
    const late = keep
    keep = nothing
    const old = '01'.repeat(16)
    owner()?.disown(old, [{ ...entryOf(0), producer: old }])
    late()
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted', sequence: 0 })
    expect(requests.map(request => [request.body.producer, sequencesOf(request)])).toEqual([
      ['02'.repeat(16), [0]],
    ])
    expect(client.stats()).toMatchObject({ pending: 0, inFlight: 0, accepted: 1, duplicate: 0 })
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

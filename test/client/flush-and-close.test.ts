import { describe, expect, it } from 'vitest'
import { memoryOutbox } from '../../client/index.ts'
import { accept, answer, fail, hang, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

/** Whether a promise has resolved by now. */
function watch(promise: Promise<unknown>) {
  const seen = { done: false }
  void promise.then(() => {
    seen.done = true
  })
  return seen
}

describe('flush', () => {
  it('sends at once and resolves when all that was pushed before is settled', async () => {
    const { client, clock, pushAll, requests } = setUp([fail, fail], {
      limits: { maxBatchRecords: 2 },
    })
    const receipts = pushAll(5)
    const flushed = watch(client.flush())
    await clock.advance(299)
    expect(flushed.done).toBe(false)
    await clock.advance(1)
    expect(flushed.done).toBe(true)
    for (const receipt of receipts) expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests.at(-1)?.atMs).toBe(300)
  })

  it('does not wait for what is pushed after it', async () => {
    const { client, clock, push } = setUp([accept, hang])
    push(0)
    const flushed = watch(client.flush())
    await clock.turn()
    const later = watch(push(1))
    await clock.advance(1000)
    expect([flushed.done, later.done]).toEqual([true, false])
  })

  it('waits for what is already in flight', async () => {
    const { client, clock, push } = setUp([hang], { limits: { requestTimeoutMs: 1000 } })
    push(0)
    await clock.advance(100)
    expect(client.stats()).toMatchObject({ pending: 1, inFlight: 1 })
    const flushed = watch(client.flush())
    await clock.advance(999)
    expect(flushed.done).toBe(false)
    await clock.drain()
    expect(flushed.done).toBe(true)
  })

  it('resolves at once with nothing pending, also twice', async () => {
    const { client, requests } = setUp()
    await Promise.all([client.flush(), client.flush()])
    expect(requests).toHaveLength(0)
  })
})

describe('close', () => {
  it('waits until the outbox has let go, but not longer than it may', async () => {
    const inner = memoryOutbox()
    let letGo = () => {}
    const release = () =>
      new Promise<void>(resolve => {
        letGo = resolve
      })
    const { client, clock, push } = setUp([], { outbox: { ...inner, release } })
    push(0)
    const closed = watch(client.close())
    await clock.turn()
    expect([client.stats().accepted, closed.done]).toEqual([1, false])
    letGo()
    await clock.turn()
    expect(closed.done).toBe(true)
    expect(clock.armed()).toEqual([])

    const other = setUp([], { outbox: { ...inner, release }, limits: { closeTimeoutMs: 500 } })
    const late = watch(other.client.close())
    await other.clock.advance(499)
    expect(late.done).toBe(false)
    await other.clock.advance(1)
    expect(late.done).toBe(true)
  })

  it('flushes, and leaves no timer behind', async () => {
    const { client, clock, pushAll } = setUp()
    const receipts = pushAll(3)
    expect(await client.close()).toMatchObject({ accepted: 3, pending: 0, dropped: 0 })
    expect(await receipts[2]).toMatchObject({ status: 'accepted' })
    expect(clock.armed()).toEqual([])
  })

  it.each([
    ['resting after failures', Array(99).fill(fail)],
    ['held back by Retry-After', [answer(503, '', { 'retry-after': '3600' })]],
    ['waiting for a reply', [hang]],
  ])('drops what is left at its deadline, %s', async (_, steps) => {
    const { client, clock, errors, pushAll, requests } = setUp(steps, {
      limits: { closeTimeoutMs: 5000 },
    })
    const receipts = pushAll(2)
    const closed = client.close()
    await clock.advance(5000)
    expect(await closed).toMatchObject({ dropped: 2, pending: 0, accepted: 0 })
    expect(await receipts[0]).toMatchObject({ status: 'dropped', code: 'closed', sequence: 0 })
    expect(errors.at(-1)).toMatchObject({ receipts: [{ sequence: 0 }, { sequence: 1 }] })
    const sent = requests.length
    expect(clock.armed()).toEqual([])
    await clock.drain()
    expect(requests).toHaveLength(sent)
    if (steps[0] === hang) expect(requests.at(-1)?.signal.aborted).toBe(true)
  })

  it('drops what is pushed after it, with a reason and without a sequence', async () => {
    const { client, errors, push } = setUp()
    const closed = client.close()
    expect(await push(1)).toEqual({
      source: 'clicks',
      status: 'dropped',
      code: 'closed',
      reason: 'The client is closed.',
    })
    expect(errors).toMatchObject([{ code: 'closed', receipts: [{ status: 'dropped' }] }])
    await closed
    expect((await push(2)).sequence).toBeUndefined()
    expect(client.stats()).toMatchObject({ dropped: 2, pending: 0 })
  })

  it('may be called twice', async () => {
    const { client, push, requests } = setUp()
    push(1)
    expect(await Promise.all([client.close(), client.close()])).toMatchObject([
      { accepted: 1 },
      { accepted: 1 },
    ])
    expect(requests).toHaveLength(1)
  })

  it('settles each record once, though the reply comes after all', async () => {
    let respond = () => {}
    const late = (request: Parameters<typeof accept>[0]) =>
      new Promise<ReturnType<typeof accept>>(resolve => {
        respond = () => resolve(accept(request))
      }).then(found => found)
    const { client, clock, push } = setUp([late], { limits: { closeTimeoutMs: 10 } })
    const receipt = push(1)
    const closed = client.close()
    await clock.advance(10)
    await closed
    respond()
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'dropped' })
    expect(client.stats()).toMatchObject({ dropped: 1, accepted: 0, pending: 0, inFlight: 0 })
  })

  it('keeps sending full batches on the way', async () => {
    const { client, pushAll, requests } = setUp([], { limits: { maxBatchRecords: 2 } })
    pushAll(5)
    await client.close()
    expect(requests.map(request => sequencesOf(request))).toEqual([[0, 1], [2, 3], [4]])
  })
})

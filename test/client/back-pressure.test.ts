import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../client/index.ts'
import { answer, hang, receiptsFor, reply } from './support/scripted-fetch.ts'
import { clicks, setUp } from './support/set-up.ts'

describe('ready', () => {
  it('resolves at once below the bound, and when there is room again', async () => {
    const { client, clock, pushAll } = setUp([hang], {
      limits: { maxPending: 3, requestTimeoutMs: 1_000 },
    })
    await client.ready()
    pushAll(2)
    await client.ready()
    pushAll(1)
    const seen = { ready: 0 }
    for (const waiter of [client.ready(), client.ready()]) void waiter.then(() => seen.ready++)
    await clock.advance(1_000)
    expect(seen.ready).toBe(0)
    await clock.drain()
    expect(seen.ready).toBe(2)
  })

  it('is never asked for the impossible', async () => {
    await setUp([], { limits: { maxPending: 0 } }).client.ready()
  })

  it('resolves when a client is closed, since nothing is pending any more', async () => {
    const { client, clock, pushAll } = setUp([hang], {
      limits: { maxPending: 1, closeTimeoutMs: 10 },
    })
    pushAll(5)
    const ready = client.ready()
    void client.close()
    await clock.advance(10)
    await ready
    expect(client.stats()).toMatchObject({ dropped: 5 })
  })
})

describe('a signal', () => {
  it('that was aborted before closes the client at once, and one hastens a close', async () => {
    const before = setUp([hang], { signal: AbortSignal.abort() })
    expect(await before.push(1)).toMatchObject({ code: 'closed' })
    const abort = new AbortController()
    const { client, clock, push } = setUp([hang], { signal: abort.signal })
    push(1)
    const closed = client.close()
    await clock.advance(200)
    abort.abort()
    await clock.turn()
    expect(await closed).toMatchObject({ dropped: 1, pending: 0 })
  })

  it('closes the client at once', async () => {
    const abort = new AbortController()
    const { client, clock, errors, push } = setUp([hang], { signal: abort.signal })
    const receipt = push(1)
    await clock.advance(200)
    abort.abort()
    await clock.turn()
    await clock.advance(0)
    expect(await receipt).toMatchObject({ status: 'dropped', code: 'closed' })
    expect((await push(2)).code).toBe('closed')
    expect(errors.at(-1)?.code).toBe('closed')
    expect(await client.close()).toMatchObject({ pending: 0 })
    expect(clock.armed()).toEqual([])
  })
})

describe('listeners', () => {
  it('are told of rejected and of dropped records, each of its own', async () => {
    const rejected: (readonly Receipt[])[] = []
    const dropped: (readonly Receipt[])[] = []
    const { client, errors, push } = setUp(
      [
        request =>
          reply(
            207,
            receiptsFor(request, (_, index) => ({
              status: index ? 'rejected' : 'accepted',
              code: 'x',
            })),
          ),
        answer(400),
      ],
      {
        onRejected: receipts => rejected.push(receipts),
        onDropped: receipts => dropped.push(receipts),
      },
    )
    Reflect.apply(client.push, client, [clicks, { user: 1 }])
    push(1)
    push(2)
    await client.flush()
    push(3)
    await client.flush()
    expect(rejected).toMatchObject([[{ field: 'user' }], [{ sequence: 1, code: 'x' }]])
    expect(dropped).toMatchObject([[{ sequence: 2 }]])
    expect(errors).toEqual([])
  })

  it('may throw: nothing stops for that', async () => {
    const fault = () => {
      throw new Error('a fault of the app')
    }
    const { client, push } = setUp([answer(400), answer(503)], {
      onRejected: fault,
      onDropped: fault,
      onError: fault,
    })
    push(1)
    await client.flush()
    push(2)
    expect(client.stats()).toMatchObject({ dropped: 1 })
  })
})

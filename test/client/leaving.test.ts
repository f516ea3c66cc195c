import { describe, expect, it } from 'vitest'
import { accept, answer, hang } from './support/scripted-fetch.ts'
import { clicks, setUp } from './support/set-up.ts'
import { producers, sharedOutbox } from './support/shared-outbox.ts'

describe('a page that is left', () => {
  it('sends what waits in the very same turn, in a request that outlives it', async () => {
    const { outbox, lifecycle, page, calls } = sharedOutbox()
    const seen: { text: string; keepalive: boolean }[] = []
    const { clock, push } = setUp([], {
      outbox,
      lifecycle,
      fetch: (_, { body, keepalive }) => {
        seen.push({ text: String(body), keepalive })
        return new Promise(() => {})
      },
    })
    await clock.turn()
    push(1)
    push(2)
    page()?.leave()
    expect(seen).toEqual([{ text: expect.stringContaining('"sequence":1'), keepalive: true }])
    expect(calls).toEqual(['load', 'release'])
  })

  it('sends when it is hidden, and goes on when it is shown', async () => {
    const { outbox, lifecycle, page, calls } = sharedOutbox()
    const { client, clock, push, requests } = setUp([], { outbox, lifecycle })
    await clock.turn()
    push(1)
    page()?.hide()
    expect(requests).toHaveLength(1)
    page()?.show()
    push(2)
    await client.flush()
    expect(requests[1]?.body.producer).toBe(requests[0]?.body.producer)
    expect(client.stats()).toMatchObject({ accepted: 2 })
    expect(calls).toEqual(['load'])
  })

  it('leaves what does not fit to the next visit', async () => {
    const { outbox, lifecycle, page, inner } = sharedOutbox()
    const sent: number[] = []
    const { clock, client, pushAll } = setUp([], {
      outbox,
      lifecycle,
      limits: { maxBatchRecords: 500 },
      fetch: (_, { body }) => {
        sent.push(String(body).length)
        return new Promise(() => {})
      },
    })
    await clock.turn()
    pushAll(3_000)
    await clock.turn()
    page()?.leave()
    const [first = 0, ...leaving] = sent
    expect(first).toBeGreaterThan(0)
    expect(leaving.length).toBeGreaterThan(0)
    expect(leaving.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(57_344)
    await clock.turn()
    expect(await inner.load()).toHaveLength(3_000)
    expect(client.stats()).toMatchObject({ pending: 0, adopted: 3_000 })
  })

  it('sends the first of what waits, where all of it is too much', async () => {
    const { lifecycle, page } = sharedOutbox()
    const sent: number[] = []
    const { client } = setUp([], {
      lifecycle,
      fetch: (_, { body }) => {
        sent.push(String(body).length)
        return new Promise(() => {})
      },
    })
    for (let n = 0; n < 200; n += 1) client.push(clicks, { user: 'u'.repeat(400), n })
    page()?.leave()
    expect(sent.length).toBeGreaterThan(0)
    const bytes = sent.reduce((sum, size) => sum + size, 0)
    expect(bytes).toBeLessThanOrEqual(57_344)
    expect(bytes).toBeGreaterThan(40_000)
  })

  it('keeps to the wait that the gateway asked for of what it sent', async () => {
    const { outbox, lifecycle, page } = sharedOutbox()
    const { clock, push, requests } = setUp([answer(429, '', { 'retry-after': '10' })], {
      outbox,
      lifecycle,
      ...producers(),
    })
    await clock.turn()
    push(1)
    page()?.leave()
    await clock.turn()
    page()?.show()
    await clock.advance(9_000)
    expect(requests).toHaveLength(1)
  })

  it('opens no more than eight requests, however few records each may take', async () => {
    const { lifecycle, page } = sharedOutbox()
    const { clock, client, pushAll, requests } = setUp([answer(413), ...Array(20).fill(hang)], {
      lifecycle,
      limits: { maxBatchRecords: 4 },
    })
    pushAll(4)
    await clock.turn()
    pushAll(60)
    page()?.leave()
    expect(requests.length).toBeLessThanOrEqual(1 + 8)
    expect(client.stats().pending).toBe(64)
  })

  it('asks for its own again when it comes back out of the cache', async () => {
    const { outbox, lifecycle, page, calls } = sharedOutbox()
    const { client, clock, push, requests } = setUp([hang, accept], {
      outbox,
      lifecycle,
      limits: { requestTimeoutMs: 1_000 },
      ...producers(),
    })
    await clock.turn()
    const before = push(1)
    page()?.leave()
    page()?.show()
    const after = push(2)
    await clock.drain()
    // Whoever comes next sends what this page left: another one or, as here, this very one.
    expect(await before).toMatchObject({ status: 'adopted', sequence: 0 })
    expect(await after).toMatchObject({ status: 'accepted', sequence: 0 })
    expect(calls).toEqual(['load', 'release', 'load'])
    expect(requests.map(({ body }) => body.producer?.slice(0, 2))).toEqual(['01', '02', '01'])
    expect(client.stats()).toMatchObject({ accepted: 2, adopted: 1 })
  })

  it('lets go of what others took while it was away', async () => {
    const { outbox, lifecycle, page, inner, lose } = sharedOutbox()
    const { client, clock, push, requests } = setUp([hang], {
      outbox,
      lifecycle,
      limits: { requestTimeoutMs: 1_000 },
      ...producers(),
    })
    await clock.turn()
    const before = push(1)
    page()?.leave()
    lose()
    page()?.show()
    await clock.drain()
    expect(await before).toMatchObject({ status: 'adopted' })
    expect(requests).toHaveLength(1)
    expect(client.stats()).toMatchObject({ adopted: 1, pending: 0 })
    expect(await inner.load()).toHaveLength(1)
  })

  it('keeps its producer with an outbox that nobody shares', async () => {
    const { lifecycle, page } = sharedOutbox()
    const { client, clock, push, requests } = setUp([], { lifecycle, ...producers() })
    await clock.turn()
    push(1)
    page()?.leave()
    page()?.show()
    push(2)
    await client.flush()
    expect(new Set(requests.map(({ body }) => body.producer)).size).toBe(1)
  })

  it('is not watched any more by a client that closed', async () => {
    const { outbox, lifecycle, page, calls } = sharedOutbox()
    const { client } = setUp([], { outbox, lifecycle })
    await client.close()
    expect(page()).toBeUndefined()
    expect(calls).toEqual(['load', 'release'])
  })
})

import { describe, expect, it } from 'vitest'
import { accept, hang, sequencesOf, textOf } from './support/scripted-fetch.ts'
import { clicks, setUp } from './support/set-up.ts'

describe('linger', () => {
  it('gathers what is pushed within it into one batch', async () => {
    const { clock, push, requests } = setUp([], { limits: { lingerMs: 50 } })
    push(0)
    await clock.advance(49)
    push(1)
    expect(requests).toHaveLength(0)
    await clock.advance(1)
    expect(requests.map(request => sequencesOf(request))).toEqual([[0, 1]])
  })

  it('is armed once, by the first record: a trickle does not put it off', async () => {
    const { clock, push, requests } = setUp([], { limits: { lingerMs: 50, maxLingerMs: 50 } })
    for (let n = 0; n < 10; n += 1) {
      push(n)
      await clock.advance(20)
    }
    await clock.drain()
    expect(requests.map(({ atMs }) => atMs)).toEqual([50, 110, 170, 230])
    expect(requests.flatMap(request => sequencesOf(request))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
  })

  it('begins anew after a flush', async () => {
    const { client, clock, push, requests } = setUp([], {
      limits: { lingerMs: 50, maxLingerMs: 50 },
    })
    push(0)
    await client.flush()
    await client.flush()
    push(1)
    await clock.advance(49)
    expect(requests).toHaveLength(1)
    await clock.advance(1)
    expect(requests).toHaveLength(2)
    expect(clock.armed()).toEqual([])
  })

  it('grows while batches follow each other, up to its bound, and is short again after a pause', async () => {
    const limits = { lingerMs: 100, maxLingerMs: 500 }
    const { clock, push, requests } = setUp([], { limits })
    for (let n = 0; n < 200; n += 1) {
      push(n)
      await clock.advance(20)
    }
    await clock.drain()
    const atMs = requests.map(request => request.atMs)
    expect(atMs.slice(0, 6)).toEqual([100, 300, 700, 1200, 1700, 2200])
    await clock.advance(501)
    push(200)
    const pushedMs = (atMs.at(-1) ?? 0) + 501
    await clock.drain()
    expect((requests.at(-1)?.atMs ?? 0) - pushedMs).toBe(100)
  })

  it('runs on while a request is in flight', async () => {
    const slow = hang
    const { clock, push, requests } = setUp([slow], {
      limits: { lingerMs: 50, requestTimeoutMs: 80, maxBackoffMs: 0 },
    })
    push(0)
    await clock.advance(50)
    push(1)
    await clock.advance(80)
    expect(requests.map(request => sequencesOf(request))).toEqual([[0], [0, 1]])
  })
})

describe('a batch', () => {
  it('leaves at once when it has its records', async () => {
    const { clock, pushAll, requests } = setUp([], { limits: { maxBatchRecords: 3 } })
    pushAll(7)
    await clock.turn()
    expect(requests.map(request => sequencesOf(request))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ])
    await clock.advance(100)
    expect(sequencesOf(requests[2] ?? expect.fail())).toEqual([6])
    expect(requests[2]?.atMs).toBe(100)
  })

  it('leaves at once when it has its bytes, and keeps within them', async () => {
    const { client, clock, requests } = setUp([], { limits: { maxBatchBytes: 2000 } })
    for (let n = 0; n < 10; n += 1) client.push(clicks, { user: 'x'.repeat(500), n })
    await clock.turn()
    expect(requests.length).toBeGreaterThanOrEqual(3)
    await clock.drain()
    for (const { text } of requests) expect(text.length).toBeLessThanOrEqual(2000)
    expect(requests.flatMap(request => sequencesOf(request))).toHaveLength(10)
  })

  it('never exceeds the limits of the wire, whatever is asked for', async () => {
    const { clock, pushAll, requests } = setUp([], { limits: { maxBatchRecords: 5000 } })
    pushAll(1500)
    await clock.drain()
    expect(requests.map(request => sequencesOf(request)?.length)).toEqual([1000, 500])
  })

  it('is alone in flight', async () => {
    let inFlight = 0
    let most = 0
    const { client, pushAll } = setUp([], {
      limits: { maxBatchRecords: 2 },
      fetch: async (_, { body }) => {
        most = Math.max(most, ++inFlight)
        await undefined
        inFlight -= 1
        const request = { body: JSON.parse(textOf(body)) } as Parameters<typeof accept>[0]
        return accept(request)
      },
    })
    pushAll(20)
    expect(await client.flush()).toMatchObject({ accepted: 20 })
    expect(most).toBe(1)
  })

  it('costs a bulk push linear time in requests', async () => {
    const { client, pushAll, requests } = setUp()
    pushAll(20_000)
    expect(await client.flush()).toMatchObject({ accepted: 20_000, pending: 0 })
    expect(requests).toHaveLength(40)
  })
})

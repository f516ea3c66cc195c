import { describe, expect, it } from 'vitest'
import { accept, answer, fail, hang, reply } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

const gaps = (requests: readonly { atMs: number }[]) =>
  requests.slice(1).map(({ atMs }, at) => atMs - (requests[at]?.atMs ?? 0))

describe('a try that fails', () => {
  it.each([
    ['a network error', fail],
    ['408', answer(408)],
    ['429', answer(429)],
    ['500', answer(500)],
    ['503', answer(503)],
    ['a redirect', answer(302)],
    ['a captive portal', answer(200, '<html>')],
    ['a newer gateway', answer(200, { protocol: 2, receipts: [] })],
    ['receipts of others', answer(200, { protocol: 1, receipts: [{ source: 'x', index: 0 }] })],
    [
      'a body that breaks off',
      () => ({ ...reply(200), text: () => Promise.reject(new Error('cut')) }),
    ],
  ])('with %s is repeated byte for byte and reported', async (_, step) => {
    const { client, clock, errors, push, requests } = setUp([step])
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toMatchObject({ sequence: 0, status: 'accepted' })
    expect(requests).toHaveLength(2)
    expect(requests[1]?.text).toBe(requests[0]?.text)
    expect(errors).toMatchObject([{ receipts: [] }])
    expect(client.stats()).toMatchObject({ retries: 1, accepted: 1, pending: 0 })
  })

  it('is followed by ever longer waits, jittered in full, up to the cap', async () => {
    const { clock, push, requests } = setUp(Array(9).fill(fail), { limits: { maxBackoffMs: 5000 } })
    push(1)
    await clock.drain()
    expect(gaps(requests)).toEqual([100, 200, 400, 800, 1600, 2500, 2500, 2500, 2500])
  })

  it('is repeated in a later turn even if the jitter is next to nothing', async () => {
    const { client, clock, push, requests } = setUp([fail, fail], { random: () => 1 - 2 ** -40 })
    push(1)
    const flushed = client.flush()
    await clock.turn()
    expect(requests).toHaveLength(1)
    await clock.drain()
    expect(await flushed).toMatchObject({ accepted: 1, retries: 2 })
  })

  it('starts the waits anew after a success', async () => {
    const { clock, push, requests } = setUp([fail, fail, accept, fail], {
      limits: { maxLingerMs: 100 },
    })
    push(1)
    await clock.drain()
    push(2)
    await clock.drain()
    expect(gaps(requests)).toEqual([100, 200, 100, 100])
  })

  it('times out without a reply, even if fetch ignores its signal', async () => {
    const { clock, errors, push, requests } = setUp([hang], { limits: { requestTimeoutMs: 5000 } })
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests[0]?.signal.aborted).toBe(true)
    expect(gaps(requests)).toEqual([5100])
    expect(errors[0]?.reason).toContain('5000 ms')
  })

  it('leaves no timer behind after a reply', async () => {
    const { client, clock, push } = setUp()
    push(1)
    await client.flush()
    expect(clock.armed()).toEqual([])
  })
})

describe('Retry-After', () => {
  const inSeconds = { 'retry-after': '7' }
  const asDate = { 'retry-after': new Date(1_700_000_000_000 + 7_100).toUTCString() }

  it.each([
    ['seconds', 429, inSeconds, 7100],
    ['seconds', 503, inSeconds, 7100],
    ['a date', 503, asDate, 7000],
  ])('in %s with %d is a floor', async (_, status, headers, gapMs) => {
    const { clock, push, requests } = setUp([answer(status, '', headers)])
    push(1)
    await clock.drain()
    expect(gaps(requests)).toEqual([gapMs])
  })

  it('holds back the whole client: full batches and flushes too', async () => {
    const { client, clock, pushAll, requests } = setUp([answer(429, '', inSeconds)], {
      limits: { maxBatchRecords: 2 },
    })
    pushAll(2)
    await clock.turn()
    pushAll(10)
    const flushed = client.flush()
    await clock.advance(6999)
    expect(requests).toHaveLength(1)
    await clock.advance(101)
    expect(await flushed).toMatchObject({ accepted: 12 })
  })
})

describe('a key that is refused', () => {
  it('is reported, and the records wait for its repair', async () => {
    const said = {
      requestError: { errorMessage: 'A valid key is needed.', code: 'unauthenticated' },
    }
    const { client, clock, errors, push, requests } = setUp([answer(401, said), answer(403)])
    const receipt = push(1)
    await clock.advance(200)
    expect(errors).toEqual([
      { reason: 'A valid key is needed.', code: 'unauthenticated', receipts: [] },
    ])
    expect(client.stats()).toMatchObject({ pending: 1 })
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(gaps(requests)).toEqual([300_100, 300_200])
  })

  it('is replaced at once by another', async () => {
    const { client, clock, push, requests } = setUp([answer(401)])
    const receipt = push(1)
    await clock.advance(1_000)
    expect(requests).toHaveLength(1)
    client.setKey('tg_other')
    await clock.turn()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests[1]?.headers.Authorization).toBe('Bearer tg_other')
    expect(clock.armed()).toEqual([])
  })
})

describe('a key that is set anew', () => {
  it('is tried at once, by whoever hears that the old one was refused', async () => {
    const { client, clock, push, requests } = setUp([answer(401)], {
      onError: () => client.setKey('tg_other'),
    })
    const receipt = push(1)
    await clock.advance(500)
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests).toHaveLength(2)
  })

  it('is not taken for the old one, of which a late reply speaks', async () => {
    const { client, clock, push, requests } = setUp([
      () => {
        client.setKey('tg_other')
        return reply(401)
      },
    ])
    const receipt = push(1)
    await clock.advance(500)
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests[1]?.headers.Authorization).toBe('Bearer tg_other')
  })

  it('cuts no Retry-After of the gateway', async () => {
    const { client, clock, push, requests } = setUp([
      answer(401),
      answer(429, '', { 'retry-after': '3600' }),
    ])
    push(1)
    await clock.advance(400_000)
    expect(requests).toHaveLength(2)
    client.setKey('tg_other')
    await clock.advance(60_000)
    expect(requests).toHaveLength(2)
    await clock.drain()
    expect(client.stats()).toMatchObject({ accepted: 1 })
  })
})

describe('a key that is refused to one of several requests', () => {
  it('is replaced at once, whatever becomes of the others', async () => {
    const { client, clock, pushAll, requests } = setUp([answer(401), answer(503)], {
      limits: { maxBatchRecords: 1, maxInFlight: 2 },
    })
    pushAll(2)
    await clock.advance(5_000)
    expect(requests).toHaveLength(2)
    client.setKey('tg_other')
    await clock.turn()
    expect(client.stats()).toMatchObject({ accepted: 2 })
  })
})

describe('a gateway that fails again and again', () => {
  it('is asked ever more rarely, though some tries succeed in between', async () => {
    const steps = Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? fail : accept))
    const { client, clock, push, requests } = setUp(steps, { limits: { maxBackoffMs: 20_000 } })
    for (let n = 0; n < 30; n += 1) {
      push(n)
      await clock.drain()
    }
    expect(client.stats()).toMatchObject({ accepted: 30, retries: 30 })
    const waits = gaps(requests).filter((_, at) => at % 2 === 0)
    // A failure costs one, a success gives back a quarter: after about twenty the budget is spent.
    expect(waits.slice(0, 20)).toEqual(Array(20).fill(100))
    expect(waits.slice(-8)).toEqual(Array(8).fill(10_000))
  })
})

describe('an outage of more than 30 days', () => {
  it('ends a record that was ever tried, since the gateway may have forgotten it', async () => {
    const { client, clock, errors, push, requests } = setUp([fail])
    const receipt = push(1)
    await clock.advance(100)
    clock.sleep(30 * 86_400_000 + 1)
    const fresh = push(2)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'dropped', code: 'expired' })
    expect(await fresh).toMatchObject({ status: 'accepted', sequence: 1 })
    expect(requests[1]?.body.floors).toEqual({ clicks: 1 })
    expect(errors).toMatchObject([{ receipts: [] }, { code: 'expired' }])
    expect(client.stats()).toMatchObject({ dropped: 1, pending: 0 })
  })

  it('is counted from the first try', async () => {
    const { client, clock, push } = setUp([fail, fail, fail])
    push(1)
    await clock.advance(100)
    clock.sleep(20 * 86_400_000)
    await clock.advance(100)
    clock.sleep(11 * 86_400_000)
    await clock.drain()
    expect(client.stats()).toMatchObject({ dropped: 1, retries: 2 })
  })

  it('is not taken from a clock that runs backwards', async () => {
    const { client, clock, push } = setUp([fail])
    push(1)
    await clock.advance(100)
    clock.jump(-10 * 365 * 86_400_000)
    await clock.drain()
    expect(client.stats()).toMatchObject({ accepted: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import { createTime } from '../../client/clock.ts'
import { memoryOutbox, type Outbox } from '../../client/index.ts'
import { entryOf } from './support/outbox-conformance.ts'
import { fail, hang, receiptsFor, reply, type Step, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'
import { createVirtualClock } from './support/virtual-clock.ts'

/** A clock whose date a test makes jump, while what passes passes as ever. */
function jumpingClock() {
  const clock = createVirtualClock()
  const startMs = clock.now()
  let jumpedMs = 0
  return {
    ...clock,
    now: () => clock.now() + jumpedMs,
    elapsed: () => clock.now() - startMs + 0.25,
    jump: (ms: number) => {
      jumpedMs += ms
    },
  }
}

let hide = () => {}
const lifecycle = {
  watch(handlers: { hide(): void }) {
    hide = handlers.hide
    return () => {}
  },
}

const year = 365 * 86_400_000

describe("a client's time", () => {
  it('is its clock when it is first asked, whatever that shows later, in whole milliseconds', () => {
    const clock = jumpingClock()
    const time = createTime(clock)
    const firstMs = time.now()
    expect(firstMs).toBe(clock.now())
    clock.jump(-40 * year)
    expect(time.now()).toBe(firstMs)
    expect(Number.isInteger(time.now())).toBe(true)
  })

  it("is the gateway's where a reply tells it, and stays where that cannot be read", async () => {
    const clock = jumpingClock()
    clock.jump(-40 * year)
    const time = createTime(clock)
    time.correct(new Date(1_700_000_123_000).toUTCString())
    expect(time.now()).toBe(1_700_000_123_000)
    for (const nonsense of [null, '', 'yesterday', '-']) time.correct(nonsense)
    await clock.advance(1_000)
    expect(time.now()).toBe(1_700_000_124_000)
    // As near as the header can tell.
    time.correct(new Date(1_700_000_123_000).toUTCString())
    expect(time.now()).toBe(1_700_000_124_000)
  })
})

describe('a stranger between client and gateway', () => {
  it('has no say in what the time is', async () => {
    const date = new Date(0).toUTCString()
    const outbox = memoryOutbox()
    const attempts: (number | undefined)[] = []
    const noting: Outbox = {
      ...outbox,
      attempt: entries => void attempts.push(...entries.map(({ attemptedAtMs }) => attemptedAtMs)),
    }
    const portal = () => reply(200, '<h1>Welcome to our Wi-Fi</h1>', { date })
    const { clock, push } = setUp([portal], { outbox: noting })
    push(1)
    await clock.advance(150)
    push(2)
    await clock.drain()
    for (const atMs of attempts) expect(atMs).toBeGreaterThan(1_600_000_000_000)
  })
})

describe('a device whose clock jumps by years', () => {
  it.each([70 * year, -50 * year])('loses nothing, by %d ms', async jumpMs => {
    const clock = jumpingClock()
    const { client, push, requests } = setUp([fail, fail], { clock })
    const receipt = push(1)
    await clock.advance(100)
    clock.jump(jumpMs)
    push(2)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests.map(request => sequencesOf(request))).toEqual([[0], [0, 1], [0, 1]])
    expect(client.stats()).toMatchObject({ accepted: 2, dropped: 0 })
  })

  it('counts thirty days from a first attempt by the time that the gateway tells', async () => {
    const clock = jumpingClock()
    clock.jump(-30 * year)
    const date = new Date(1_700_000_000_000).toUTCString()
    const { client, push, requests } = setUp(
      [
        request =>
          reply(
            207,
            receiptsFor(request, () => ({ status: 'retry' })),
            { date },
          ),
        fail,
      ],
      { clock },
    )
    const receipt = push(1)
    await clock.drain()
    // Attempted in a year long past by its own clock, minutes ago by the gateway's: that is no reason to give up.
    expect((await receipt).status).toBe('accepted')
    expect(requests).toHaveLength(3)
    expect(client.stats()).toMatchObject({ dropped: 0 })
  })

  const nowMs = 1_700_000_000_000
  const keptFor = (days: number) => {
    const outbox = memoryOutbox()
    outbox.append({ ...entryOf(0), attemptedAtMs: nowMs - days * 86_400_000 })
    return outbox
  }
  const telling: Step = request =>
    reply(200, receiptsFor(request), { date: new Date(nowMs).toUTCString() })

  it.each([
    [70 * year, 1, { accepted: 1, dropped: 0 }],
    [-50 * year, 1, { accepted: 1, dropped: 0 }],
    [70 * year, 31, { accepted: 0, dropped: 1 }],
    [-50 * year, 31, { accepted: 0, dropped: 1 }],
  ])(
    'by %d ms lets the gateway tell the age of what it attempted %d days ago',
    async (jumpMs, days, counts) => {
      const clock = jumpingClock()
      clock.jump(jumpMs)
      const { client, requests } = setUp([telling, telling], { clock, outbox: keptFor(days) })
      expect(await client.flush()).toMatchObject(counts)
      expect(requests[0]?.text).toContain('"records":{}')
      expect(requests).toHaveLength(1 + counts.accepted)
    },
  )

  it('neither sends nor gives up what is old while no gateway tells the time', async () => {
    const clock = jumpingClock()
    clock.jump(70 * year)
    const portal = () =>
      reply(404, '<h1>Welcome to our Wi-Fi</h1>', { date: new Date(0).toUTCString() })
    const steps = [fail, portal, telling, telling]
    const { client, errors, requests } = setUp(steps, { clock, outbox: keptFor(1) })
    const flushed = client.flush()
    await clock.drain()
    expect(await flushed).toMatchObject({ accepted: 1, dropped: 0 })
    expect(requests.map(request => sequencesOf(request))).toEqual([
      undefined,
      undefined,
      undefined,
      [0],
    ])
    expect(errors).toHaveLength(2)
  })

  it('asks again when no reply came in time, though another request learned the time', async () => {
    const outbox = keptFor(1)
    const producer = 'cd'.repeat(16)
    outbox.append({ ...entryOf(0), producer, attemptedAtMs: nowMs - 1_000 })
    const steps = [hang, telling, telling, hang]
    const { client, clock } = setUp(steps, { outbox, limits: { maxInFlight: 2 } })
    const flushed = client.flush()
    await clock.drain()
    expect(await flushed).toMatchObject({ accepted: 2, dropped: 0 })
  })

  it('sends no old record while the page is left and the time is not told', async () => {
    const clock = jumpingClock()
    const { client, requests } = setUp([hang], { clock, outbox: keptFor(1), lifecycle })
    await clock.advance(1)
    hide()
    await clock.advance(1)
    expect(requests.map(request => sequencesOf(request))).toEqual([undefined])
    expect(client.stats()).toMatchObject({ pending: 1, dropped: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { memoryOutbox, type Outbox } from '../../client/index.ts'
import { entryOf } from './support/outbox-conformance.ts'
import { answer, fail, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

type Call = 'load' | 'append' | 'attempt' | 'settle'

/** A memory outbox whose every call answers later, in order, and may be told to fail. */
function slowOutbox(fails: Partial<Record<Call, number[]>> = {}) {
  const inner = memoryOutbox()
  const calls = { load: 0, append: 0, attempt: 0, settle: 0 }
  const log: string[] = []
  async function later<T>(name: Call, call: () => T | Promise<T>): Promise<T> {
    const number = calls[name]++
    for (let hop = 0; hop < 3; hop += 1) await undefined
    log.push(name)
    if (fails[name]?.includes(number)) throw new Error(`${name} ${number} failed`)
    return call()
  }
  const outbox: Outbox = {
    load: () => later('load', inner.load),
    append: entry => later('append', () => inner.append(entry)),
    attempt: entries => later('attempt', () => inner.attempt(entries)),
    settle: (entries, receipts) => later('settle', () => inner.settle(entries, receipts)),
  }
  return { outbox, inner, log }
}

describe('what an earlier client left', () => {
  const other = 'cd'.repeat(16)
  const left = [entryOf(4), { ...entryOf(5), producer: other }, { ...entryOf(7), producer: other }]

  it('is resent at once and unchanged, each producer in its own requests with its own floors', async () => {
    const inner = memoryOutbox()
    for (const entry of left) inner.append(entry)
    const { client, clock, push, requests } = setUp([], {
      outbox: inner,
      randomBytes: count => new Uint8Array(count).fill(0xef),
    })
    const receipt = push(1)
    await clock.drain()
    expect(requests.map(({ body }) => body.producer?.slice(0, 2))).toEqual(['ef', 'ab', 'cd'])
    expect(requests.map(({ body }) => body.floors)).toEqual([
      { clicks: 0 },
      { clicks: 4 },
      { clicks: 5 },
    ])
    expect(requests.map(request => sequencesOf(request))).toEqual([[0], [4], [5, 7]])
    expect(requests[1]?.text).toContain('"clicks":[{"record":{"n":"4"},"sequence":4}]')
    expect(await receipt).toMatchObject({ sequence: 0, status: 'accepted' })
    expect(client.stats()).toMatchObject({ accepted: 4, pending: 0 })
    expect(await inner.load()).toEqual([])
  })

  it('is waited for by flush and reported if it is lost', async () => {
    const { outbox, inner } = slowOutbox()
    for (const entry of left) inner.append(entry)
    const { client, errors } = setUp([answer(400)], { outbox })
    expect(await client.flush()).toMatchObject({ accepted: 2, dropped: 1 })
    expect(errors).toMatchObject([{ receipts: [{ source: 'clicks', sequence: 4 }] }])
  })

  it('is given up when it was tried more than 30 days ago', async () => {
    const inner = memoryOutbox()
    inner.append({ ...entryOf(0), attemptedAtMs: 1_700_000_000_000 - 31 * 86_400_000 })
    inner.append(entryOf(1))
    const { client, requests } = setUp([], { outbox: inner })
    expect(await client.flush()).toMatchObject({ accepted: 1, dropped: 1 })
    // The gateway is asked what time it is before a record is given up by its age.
    expect(requests.map(request => sequencesOf(request))).toEqual([undefined, [1]])
  })

  it('that cannot be read is reported, and new records go out', async () => {
    const { outbox } = slowOutbox({ load: [0] })
    const { client, errors, push } = setUp([], { outbox })
    push(1)
    expect(await client.flush()).toMatchObject({ accepted: 1 })
    expect(errors).toMatchObject([{ reason: expect.stringContaining('load 0 failed') }])
  })

  it('stays in the outbox if the client is closed before it is read', async () => {
    const inner = memoryOutbox()
    for (const entry of left) inner.append(entry)
    const never: Outbox = { ...inner, load: () => new Promise(() => {}) }
    const { client, clock } = setUp([], { outbox: never })
    const closed = client.close()
    await clock.drain()
    expect(await closed).toMatchObject({ pending: 0, dropped: 0 })
    expect(await inner.load()).toHaveLength(3)
  })
})

describe('an outbox that answers later', () => {
  it('has kept a record, and noted the attempt, before it leaves; forgets it after the reply', async () => {
    const { outbox, log } = slowOutbox()
    const { client, push } = setUp(
      [
        request => {
          log.push('request')
          return answer(200, {
            protocol: 1,
            receipts: [0, 1].map(index => ({ source: 'clicks', index, status: 'accepted' })),
          })(request)
        },
      ],
      { outbox },
    )
    push(0)
    push(1)
    await client.flush()
    for (let hop = 0; hop < 9; hop += 1) await undefined
    expect(log).toEqual(['load', 'append', 'append', 'attempt', 'request', 'settle'])
  })

  it('drops the record that it fails to keep, and sends the others', async () => {
    const { outbox, inner } = slowOutbox({ append: [1] })
    const { client, clock, pushAll, requests } = setUp([], { outbox })
    const receipts = pushAll(3)
    await client.flush()
    await clock.drain()
    expect((await Promise.all(receipts)).map(({ status }) => status)).toEqual([
      'accepted',
      'dropped',
      'accepted',
    ])
    expect(await receipts[1]).toMatchObject({
      code: 'outbox',
      reason: expect.stringContaining('append 1 failed'),
    })
    expect(requests.map(request => sequencesOf(request))).toEqual([[0, 2]])
    expect(client.stats()).toMatchObject({ pending: 0, accepted: 2, dropped: 1 })
    expect(await inner.load()).toEqual([])
  })

  it('holds back a record until it is kept, however long that takes', async () => {
    let keep = () => {}
    const kept = new Promise<void>(resolve => {
      keep = resolve
    })
    const outbox: Outbox = { ...memoryOutbox(), append: () => kept }
    const { client, clock, push, requests } = setUp([], { outbox })
    push(1)
    const flushed = client.flush()
    await clock.advance(60_000)
    expect(requests).toHaveLength(0)
    keep()
    expect(await flushed).toMatchObject({ accepted: 1 })
  })

  it('that fails to keep a record after the close settles it no second time', async () => {
    let fail = (_: Error) => {}
    const kept = new Promise<void>((_, reject) => {
      fail = reject
    })
    const { client, clock, errors, push } = setUp([], {
      outbox: { ...memoryOutbox(), append: () => kept },
    })
    const receipt = push(1)
    const closed = client.close()
    await clock.drain()
    await closed
    fail(new Error('disk gone'))
    await clock.turn()
    expect(await receipt).toMatchObject({ code: 'closed' })
    expect(client.stats()).toMatchObject({ dropped: 1, pending: 0 })
    expect(errors).toHaveLength(1)
  })

  it.each(['notes', 'fails to note'])(
    'that %s an attempt after the close starts nothing',
    async what => {
      let finish = () => {}
      const attempt = () =>
        new Promise<void>((resolve, reject) => {
          finish = what === 'notes' ? resolve : () => reject(new Error('disk gone'))
        })
      const { client, clock, errors, push, requests } = setUp([], {
        outbox: { ...memoryOutbox(), attempt },
      })
      push(1)
      const closed = client.close()
      await clock.drain()
      expect(await closed).toMatchObject({ dropped: 1 })
      finish()
      await clock.turn()
      expect(requests).toHaveLength(0)
      expect(errors).toHaveLength(1)
      expect(clock.armed()).toEqual([])
    },
  )

  it('delays the send while it fails to note the attempt', async () => {
    const { outbox } = slowOutbox({ attempt: [0, 1] })
    const { clock, errors, push, requests } = setUp([], { outbox })
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests.map(({ atMs }) => atMs)).toEqual([400])
    expect(errors).toHaveLength(2)
  })

  it('that fails to forget is reported; the record is settled all the same', async () => {
    const { outbox } = slowOutbox({ settle: [0] })
    const { clock, errors, push } = setUp([], { outbox })
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(errors).toMatchObject([{ reason: expect.stringContaining('settle 0 failed') }])
  })
})

describe('an outbox that is full', () => {
  it('drops what does not fit until there is room', async () => {
    const { client, push } = setUp([fail], { outbox: memoryOutbox({ maxBytes: 30 }) })
    const receipts = [push(1), push(2)]
    expect(await receipts[1]).toEqual({
      source: 'clicks',
      sequence: 1,
      status: 'dropped',
      code: 'outbox',
      reason: expect.stringContaining('it is full'),
    })
    expect(client.stats()).toMatchObject({ pending: 1, dropped: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import type { Connectivity } from '../../client/index.ts'
import { answer, fail } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

/** A connection that a test cuts and mends. */
function cutConnection() {
  const listeners = new Set<() => void>()
  const state = { online: false }
  const connectivity: Connectivity = {
    online: () => state.online,
    watch(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
  const mend = () => {
    state.online = true
    for (const run of listeners) run()
  }
  return { connectivity, mend, state, listeners }
}

describe('a client without a connection', () => {
  it('sends nothing, keeps everything and goes on the moment there is one', async () => {
    const { connectivity, mend } = cutConnection()
    const { client, clock, pushAll, requests } = setUp([], { connectivity })
    const receipts = pushAll(3)
    await clock.advance(20_000)
    expect(requests).toHaveLength(0)
    expect(client.stats()).toMatchObject({ pending: 3, retries: 0 })
    mend()
    await clock.turn()
    expect(requests).toHaveLength(1)
    for (const receipt of receipts) expect(await receipt).toMatchObject({ status: 'accepted' })
  })

  it('looks again now and then, for devices that do not tell', async () => {
    const { connectivity, state } = cutConnection()
    const { client, clock, push, requests } = setUp([], {
      connectivity,
      limits: { maxBackoffMs: 30_000 },
    })
    push(1)
    await clock.advance(29_000)
    state.online = true
    await clock.drain()
    expect(requests.map(({ atMs }) => atMs)).toEqual([30_000])
    expect(client.stats()).toMatchObject({ accepted: 1 })
  })

  it('cuts a rest after a failure short when the connection is back', async () => {
    const { connectivity, mend, state } = cutConnection()
    state.online = true
    const { clock, push, requests } = setUp(Array(8).fill(fail), { connectivity })
    const receipt = push(1)
    await clock.advance(20_000)
    const tries = requests.length
    mend()
    await clock.turn()
    expect(requests).toHaveLength(tries + 1)
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted' })
  })

  it('never comes back earlier than the gateway asked, though the connection does', async () => {
    const { connectivity, mend, state } = cutConnection()
    state.online = true
    const { client, clock, push, requests } = setUp([answer(503, '', { 'retry-after': '20' })], {
      connectivity,
    })
    const receipt = push(1)
    await clock.advance(1_000)
    mend()
    client.setKey('tg_other')
    await clock.advance(19_000)
    expect(requests).toHaveLength(1)
    await clock.advance(100)
    expect(await receipt).toMatchObject({ status: 'accepted' })
    expect(requests.map(({ atMs }) => atMs)).toEqual([100, 20_100])
  })

  it('stops listening when it is closed, and gives up at its deadline', async () => {
    const { connectivity, listeners } = cutConnection()
    const { client, clock, push } = setUp([], { connectivity, limits: { closeTimeoutMs: 1_000 } })
    const receipt = push(1)
    const closed = client.close()
    await clock.advance(1_000)
    expect(await closed).toMatchObject({ dropped: 1, pending: 0 })
    expect(await receipt).toMatchObject({ code: 'closed' })
    expect(listeners.size).toBe(0)
    await clock.turn()
    expect(clock.armed()).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { accept, hang, reply, type Step, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

describe('several requests at once', () => {
  it('carry different records, each with the lowest unsettled sequence as its floor', async () => {
    const { client, clock, pushAll, requests } = setUp([hang, hang, accept, accept], {
      limits: { maxBatchRecords: 2, maxInFlight: 3, requestTimeoutMs: 1_000 },
    })
    pushAll(7)
    const flushed = client.flush()
    await clock.turn()
    expect(requests.map(request => sequencesOf(request))).toEqual([[0, 1], [2, 3], [4, 5], [6]])
    expect(requests.map(({ body }) => body.floors?.clicks)).toEqual([0, 0, 0, 0])
    expect(client.stats()).toMatchObject({ pending: 4, inFlight: 4 })
    await clock.drain()
    expect(await flushed).toMatchObject({ accepted: 7, pending: 0 })
    expect(requests.slice(4).map(request => sequencesOf(request))).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(requests.slice(4).map(({ body }) => body.floors?.clicks)).toEqual([0, 0])
  })

  it('all rest when one of them is told to wait', async () => {
    const wait: Step = () => reply(429, '', { 'retry-after': '60' })
    const { clock, client, pushAll, requests } = setUp([accept, wait], {
      limits: { maxBatchRecords: 1, maxInFlight: 2 },
    })
    pushAll(6)
    await clock.advance(59_000)
    expect(requests).toHaveLength(2)
    await clock.drain()
    expect(client.stats()).toMatchObject({ accepted: 6 })
  })
})

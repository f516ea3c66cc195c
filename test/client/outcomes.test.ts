import { describe, expect, it } from 'vitest'
import { accept, answer, fail, receiptsFor, reply, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'

describe('a lost reply', () => {
  it('ends as a duplicate of what was stored', async () => {
    const { clock, errors, push } = setUp([
      fail,
      request =>
        reply(
          200,
          receiptsFor(request, () => ({ status: 'duplicate' })),
        ),
    ])
    const receipt = push(1)
    await clock.drain()
    expect(await receipt).toEqual({ source: 'clicks', sequence: 0, status: 'duplicate' })
    expect(errors).toHaveLength(1)
  })
})

describe('outcomes of single records', () => {
  it('settle one by one; only a retry is sent again, with its floor', async () => {
    const words = ['accepted', 'rejected', 'retry', 'duplicate']
    const { client, clock, errors, push, pushAll, requests } = setUp([
      request =>
        reply(
          207,
          receiptsFor(request, (_, index) => ({
            status: words[index] ?? '',
            ...(index === 1 ? { field: 'n', code: 'out_of_range', reason: 'Too much.' } : {}),
          })),
        ),
    ])
    const receipts = pushAll(4)
    await clock.advance(100)
    push(4)
    await clock.drain()
    expect(await Promise.all(receipts)).toEqual([
      { source: 'clicks', sequence: 0, status: 'accepted' },
      {
        source: 'clicks',
        sequence: 1,
        status: 'rejected',
        field: 'n',
        code: 'out_of_range',
        reason: 'Too much.',
      },
      { source: 'clicks', sequence: 2, status: 'accepted' },
      { source: 'clicks', sequence: 3, status: 'duplicate' },
    ])
    expect(requests.map(request => sequencesOf(request))).toEqual([
      [0, 1, 2, 3],
      [2, 4],
    ])
    expect(requests.map(({ body }) => body.floors)).toEqual([{ clicks: 0 }, { clicks: 2 }])
    expect(errors).toMatchObject([{ reason: 'Too much.', receipts: [{ sequence: 1 }] }])
    expect(client.stats()).toMatchObject({ accepted: 3, rejected: 1, duplicate: 1, retries: 1 })
  })
})

describe('413', () => {
  const tooMany = (most: number) => (request: Parameters<typeof accept>[0]) =>
    (sequencesOf(request)?.length ?? 0) > most ? reply(413) : accept(request)

  it('halves the batch until it passes, then grows again', async () => {
    const { client, pushAll, requests } = setUp(Array(20).fill(tooMany(2)))
    const receipts = pushAll(8)
    await client.flush()
    expect(requests.slice(0, 5).map(request => sequencesOf(request)?.length)).toEqual([
      8, 4, 2, 4, 2,
    ])
    expect((await Promise.all(receipts)).every(({ status }) => status === 'accepted')).toBe(true)
  })

  it('drops only the record that is too large alone', async () => {
    const large = (request: Parameters<typeof accept>[0]) =>
      sequencesOf(request)?.includes(3) ? reply(413, '<h1>Too large</h1>') : accept(request)
    const { client, errors, pushAll } = setUp(Array(20).fill(large))
    const receipts = pushAll(5)
    expect(await client.flush()).toMatchObject({ accepted: 4, dropped: 1 })
    expect(await receipts[3]).toMatchObject({ status: 'dropped', reason: expect.any(String) })
    expect(errors).toMatchObject([{ receipts: [{ sequence: 3 }] }])
  })
})

describe('a refusal of the whole request', () => {
  it('drops its records with the gateway’s sentence', async () => {
    const said = { errorMessage: 'No workspace "prod".', code: 'unknown_workspace' }
    const { client, errors, pushAll, requests } = setUp([answer(404, { requestError: said })])
    const receipts = pushAll(2)
    expect(await client.flush()).toMatchObject({ dropped: 2, retries: 0 })
    expect(await receipts[1]).toEqual({
      source: 'clicks',
      sequence: 1,
      status: 'dropped',
      code: 'unknown_workspace',
      reason: 'No workspace "prod".',
    })
    expect(requests).toHaveLength(1)
    expect(errors).toMatchObject([{ code: 'unknown_workspace', receipts: [{}, {}] }])
  })
})

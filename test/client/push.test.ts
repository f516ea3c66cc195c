import { describe, expect, it } from 'vitest'
import { createClient, type Receipt } from '../../client/index.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import * as t from '../../shared/types.ts'
import { accept, textOf } from './support/scripted-fetch.ts'
import { clicks, setUp, views } from './support/set-up.ts'

describe('push', () => {
  it('sends a record to the gateway and resolves with its receipt', async () => {
    const { client, clock, push, requests } = setUp()
    const receipt = push(7)
    await clock.advance(100)
    expect(await receipt).toEqual({ source: 'clicks', sequence: 0, status: 'accepted' })
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      url: 'https://gateway.test/ingest?receipts=runs',
      headers: { Authorization: 'Bearer tg_key', 'Content-Type': 'application/json' },
    })
    expect(requests[0]?.body).toMatchObject({
      protocol: 1,
      workspace_name: 'prod',
      producer: 'ab'.repeat(16),
      floors: { clicks: 0 },
    })
    expect(client.stats()).toMatchObject({ pending: 0, inFlight: 0, accepted: 1 })
  })

  it('sends what the record was when it was pushed', async () => {
    const { client, clock, requests } = setUp()
    const record = { user: 'before', n: 1n }
    client.push(clicks, record)
    record.user = 'after'
    await clock.drain()
    expect(requests[0]?.text).toContain('"before"')
  })

  it('numbers each source from 0', async () => {
    const { client, clock, requests } = setUp()
    for (const n of [1, 2]) {
      client.push(clicks, { user: 'u', n })
      client.push(views, { page: '/' })
    }
    await clock.drain()
    const numbers = (source: string) =>
      requests[0]?.body.records[source]?.map(({ sequence }) => sequence)
    expect([numbers('clicks'), numbers('views')]).toEqual([
      [0, 1],
      [0, 1],
    ])
  })
})

describe('a record that is wrong', () => {
  const hostile = {
    get user(): string {
      throw new Error('mine')
    },
    n: 1,
  }
  const unchecked: { push(source: unknown, record: unknown): { accepted: Promise<Receipt> } } =
    setUp().client as never

  it.each<[string, unknown, Partial<Receipt>]>([
    ['a wrong type', { user: 1, n: 1 }, { field: 'user', code: 'wrong_type' }],
    ['an unknown field', { user: 'u', n: 1, x: 1 }, { field: 'x', code: 'unknown_field' }],
    ['a missing field', { user: 'u' }, { field: 'n', code: 'missing_field' }],
    ['no object', null, { code: 'not_an_object' }],
    ['a throwing getter', hostile, { code: 'not_an_object' }],
    ['too many bytes', { user: 'é'.repeat(32_768), n: 1 }, { code: 'record_too_large' }],
  ])('with %s is rejected at once and never sent', async (_, record, why) => {
    expect(await unchecked.push(clicks, record).accepted).toEqual({
      source: 'clicks',
      status: 'rejected',
      reason: expect.any(String),
      ...why,
    })
  })

  it('takes no sequence and is reported', async () => {
    const { client, clock, errors, push, requests } = setUp()
    client.push(clicks, { user: 'u', n: 1.5 })
    push(2)
    await clock.drain()
    expect(requests[0]?.body.records).toEqual({
      clicks: [{ record: { user: 'u', n: 2 }, sequence: 0 }],
    })
    expect(errors).toMatchObject([{ code: 'wrong_type', receipts: [{ status: 'rejected' }] }])
    expect(client.stats()).toMatchObject({ rejected: 1, accepted: 1 })
  })
})

describe('the type of a record', () => {
  it('is inferred from the schema of its source', () => {
    const source = StreamSource({
      name: 'typed',
      streamConfig: PushConfig({ logOffline: true }),
      schema: [t.Field('user', t.String), t.Field('n', t.Int64, { nullable: true })],
    })
    const push = () => {
      client.push(source, { user: 'u' })
      client.push(source, { user: 'u', n: 1n })
      // @ts-expect-error a required field is missing
      client.push(source, { n: 1 })
      // @ts-expect-error the field is a string
      client.push(source, { user: 1 })
      // @ts-expect-error the source has no such field
      client.push(source, { user: 'u', x: 1 })
    }
    const { client } = setUp()
    push()
    expect(client.stats()).toMatchObject({ pending: 2, rejected: 3 })
  })
})

describe('createClient', () => {
  it('asks no clock, no network and no randomness before the first record', async () => {
    const refuse = () => {
      throw new Error('too early')
    }
    const client = createClient({
      url: 'https://gateway.test',
      key: 'k',
      workspace: 'prod',
      fetch: refuse,
      random: refuse,
      randomBytes: refuse,
      clock: { now: refuse, elapsed: refuse, after: refuse },
    })
    expect(await client.flush()).toMatchObject({ pending: 0 })
  })

  it('makes each client a producer of its own', async () => {
    const producers = [0, 1].map(async () => {
      const { clock, push, requests } = setUp([accept], {
        randomBytes: count => crypto.getRandomValues(new Uint8Array(count)),
      })
      push(1)
      await clock.drain()
      return requests[0]?.body.producer
    })
    const [one, other] = await Promise.all(producers)
    expect(one).toMatch(/^[0-9a-f]{32}$/)
    expect(one).not.toBe(other)
  })

  it('works with what the platform brings', async () => {
    const client = createClient({
      url: 'https://gateway.test',
      key: 'k',
      workspace: 'prod',
      limits: { lingerMs: 0 },
      fetch: async (_, { body }) => {
        const sequence = JSON.parse(textOf(body)).records.clicks[0].sequence
        const receipts = [{ source: 'clicks', index: sequence, status: 'accepted' }]
        return new Response(JSON.stringify({ protocol: 1, receipts }))
      },
    })
    const { accepted } = client.push(clicks, { user: 'u', n: 1 })
    expect(await accepted).toMatchObject({ status: 'accepted' })
    expect(await client.close()).toMatchObject({ pending: 0, accepted: 1 })
  })

  it('survives an onError that throws', async () => {
    const { client, push } = setUp([], {
      onError() {
        throw new Error('mine')
      },
    })
    client.push(clicks, { user: 'u', n: 1.5 })
    push(1)
    expect(await client.flush()).toMatchObject({ accepted: 1, rejected: 1 })
  })
})

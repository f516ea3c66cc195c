import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { plainSource } from '../support/test-definitions.ts'
import { producerOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
await workspace.apply(names.map(name => plainSource(name)))

const rows = (source: string) => workspace.rows(source)
const n = (n: number) => ({ n })
const statuses = (receipts: readonly { readonly status: string }[]) =>
  receipts.map(({ status }) => status)
const numbered = (source: string, sequence: unknown, more: object = {}) => ({
  workspace_name: 'test',
  producer: producerOf(1),
  records: { [source]: [{ record: n(1), sequence }] },
  ...more,
})

describe('a named producer', () => {
  it('may send again what it sent: stored once, answered as duplicate', async () => {
    const push = () =>
      workspace.pushNumbered('a', producerOf(1), [
        [0, n(0)],
        [1, n(1)],
      ])
    expect(statuses(await push())).toEqual(['accepted', 'accepted'])
    expect(statuses(await push())).toEqual(['duplicate', 'duplicate'])
    await evictDurableObject(workspace.partition('a'))
    expect(statuses(await push())).toEqual(['duplicate', 'duplicate'])
    expect(await rows('a')).toEqual([n(0), n(1)])
  })

  it('may have its requests overtake each other', async () => {
    await workspace.pushNumbered('b', producerOf(1), [[5, n(5)]])
    await workspace.pushNumbered('b', producerOf(1), [
      [0, n(0)],
      [5, n(5)],
    ])
    expect(await rows('b')).toEqual([n(5), n(0)])
  })

  it('hears the same rejection again, even when the record is good now', async () => {
    const bad = await workspace.pushNumbered('c', producerOf(1), [
      [0, { n: 'x' }],
      [1, n(1)],
    ])
    expect(bad).toMatchObject([
      { status: 'rejected', field: 'n', code: 'wrong_type' },
      { status: 'accepted' },
    ])
    const again = await workspace.pushNumbered('c', producerOf(1), [[0, n(0)]])
    expect(again).toMatchObject([{ status: 'rejected', field: 'n', code: 'wrong_type' }])
    expect(await rows('c')).toEqual([n(1)])
  })

  it('hears settled below its own floor', async () => {
    await workspace.pushNumbered('d', producerOf(1), [[7, n(7)]], 7)
    const late = await workspace.pushNumbered('d', producerOf(1), [[3, n(3)]])
    expect(late).toMatchObject([{ status: 'duplicate', code: 'settled' }])
    expect(await rows('d')).toEqual([n(7)])
  })

  it('is told to send the lowest first when it leaves too many gaps', async () => {
    const far = Array.from({ length: 66 }, (_, at) => [at * 2 + 2, n(at)] as const)
    const receipts = await workspace.pushNumbered('e', producerOf(1), far)
    expect(statuses(receipts)).toEqual([...Array(64).fill('accepted'), 'retry', 'retry'])
    expect(receipts.at(-1)).toMatchObject({ code: 'too_far_ahead' })
    expect(
      statuses(
        await workspace.pushNumbered('e', producerOf(1), [
          [0, n(0)],
          [1, n(1)],
        ]),
      ),
    ).toEqual(['accepted', 'accepted'])
    expect(statuses(await workspace.pushNumbered('e', producerOf(1), far))).toEqual([
      ...Array(64).fill('duplicate'),
      'accepted',
      'retry',
    ])
  })

  it('is one producer in every source apart, and no other by the same numbers', async () => {
    await workspace.pushNumbered('f', producerOf(1), [[0, n(1)]])
    await workspace.pushNumbered('f', producerOf(2), [[0, n(2)]])
    expect(await rows('f')).toEqual([n(1), n(2)])
  })

  it('repeating a sequence in one request stores the first', async () => {
    const receipts = await workspace.pushNumbered('g', producerOf(1), [
      [0, n(1)],
      [0, n(2)],
    ])
    expect(statuses(receipts)).toEqual(['accepted', 'duplicate'])
    expect(await rows('g')).toEqual([n(1)])
  })

  const refused: readonly (readonly [string, object])[] = [
    ['no sequence', { ...numbered('h', 0), records: { h: [{ record: n(1) }] } }],
    ['a sequence below zero', numbered('h', -1)],
    ['a sequence with a fraction', numbered('h', 1.5)],
    ['a sequence as text', numbered('h', '1')],
    ['a sequence beyond exact integers', numbered('h', 2 ** 53)],
    ['the largest exact sequence, whose range has no exact end', numbered('h', 2 ** 53 - 1)],
    ['a floor above its lowest sequence', numbered('h', 4, { floors: { h: 5 } })],
    ['a floor that is no number', numbered('h', 4, { floors: { h: '4' } })],
    ['floors that are a list', numbered('h', 4, { floors: [4] })],
    ['a producer that is no 128 bits', numbered('h', 4, { producer: 'me' })],
    ['a producer in upper case', numbered('h', 4, { producer: producerOf(10).toUpperCase() })],
  ]
  it.each(refused)('is refused with %s', async (_, body) => {
    const { status, json } = await workspace.push(body)
    expect(status).toBe(400)
    expect(json).toMatchObject({ requestError: { code: 'malformed_request' } })
  })

  it('may use the largest sequence that is taken, and the partition survives it', async () => {
    const highest = Number.MAX_SAFE_INTEGER - 1
    expect(statuses(await workspace.pushNumbered('h', producerOf(1), [[highest, n(1)]]))).toEqual([
      'accepted',
    ])
    await evictDurableObject(workspace.partition('h'))
    expect(statuses(await workspace.pushNumbered('h', producerOf(1), [[highest, n(1)]]))).toEqual([
      'duplicate',
    ])
  })

  it('of a newer protocol is refused with a sentence', async () => {
    const { status, json } = await workspace.push(numbered('h', 0, { protocol: 2 }))
    expect(status).toBe(400)
    expect(json).toMatchObject({
      requestError: { code: 'newer_protocol', errorMessage: expect.stringContaining('protocol 2') },
    })
  })
})

describe('an Idempotency-Key', () => {
  const body = {
    workspace_name: 'test',
    records: { i: [{ record: n(1) }, { record: n('x' as never) }] },
  }
  const headers = { 'idempotency-key': '"one"' }

  it('makes a repetition a duplicate, and another body a 422', async () => {
    const first = await workspace.push(body, { headers })
    expect(first.status).toBe(207)
    expect(first.json).toMatchObject({ receipts: [{ status: 'accepted' }, { status: 'rejected' }] })
    const again = await workspace.push(body, { headers: { 'idempotency-key': 'one' } })
    expect(again.json).toMatchObject({
      receipts: [{ status: 'duplicate' }, { status: 'rejected' }],
    })
    const other = { ...body, records: { i: [{ record: n(2) }] } }
    const reused = await workspace.push(other, { headers })
    expect(reused.status).toBe(422)
    expect(reused.json).toMatchObject({ requestError: { code: 'reused_key' } })
    expect(await rows('i')).toEqual([n(1)])
  })

  it('stores nothing of another body over several sources, wherever the first one went', async () => {
    const before = await rows('h')
    const one = { workspace_name: 'test', records: { j: [{ record: n(7) }] } }
    const two = {
      workspace_name: 'test',
      records: { h: [{ record: n(8) }], j: [{ record: n(7) }] },
    }
    const key = { headers: { 'idempotency-key': 'spread' } }
    expect((await workspace.push(one, key)).status).toBe(200)
    expect((await workspace.push(two, key)).status).toBe(422)
    expect(await rows('h')).toEqual(before)
    expect((await workspace.push(two, { headers: { 'idempotency-key': 'other' } })).status).toBe(
      200,
    )
  })

  it('is another for another key of the workspace', async () => {
    const stored = await rows('j')
    const one = { workspace_name: 'test', records: { j: [{ record: n(1) }] } }
    const key = { headers: { 'idempotency-key': 'shared' } }
    await workspace.push(one, key)
    await workspace.push(one, { ...key, key: workspace.adminKey })
    expect(await rows('j')).toHaveLength(stored.length + 2)
  })

  it('is refused when empty, too long, or beside a producer', async () => {
    for (const key of ['""', 'x'.repeat(256)]) {
      const reply = await workspace.push(body, { headers: { 'idempotency-key': key } })
      expect([key.length, reply.status]).toEqual([key.length, 400])
    }
    expect((await workspace.push(numbered('i', 0), { headers })).status).toBe(400)
  })
})

import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { AppendReply } from '../../../gateway/contracts/append.ts'
import { partitionOf } from '../../../gateway/log/routing.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import { rowsWrittenBy, withPartition } from '../support/open-objects.ts'
import { appendOf, producerOf, testWorkspace, verdictsOf } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const names = ['a', 'b', 'c', 'd', 'e', 'f']
const sourcesOf = (partitions: number) =>
  names.map(name =>
    StreamSource({
      name,
      streamConfig: PushConfig({ logOffline: true, partitions }),
      schema: [Field('n', Int64)],
    }),
  )
await workspace.apply(sourcesOf(1))

const statuses = (reply: AppendReply) => verdictsOf(reply).map(({ status }) => status)
/** Producers that four partitions would send to a given one. */
const producersOf = (partition: number) =>
  Array.from({ length: 200 }, (_, at) => producerOf(at)).filter(
    producer => partitionOf(producer, 4) === partition,
  )
const [stays = ''] = producersOf(0)
const [goes = '', goesToo = ''] = producersOf(1)
const [goesLater = ''] = producersOf(3)

describe('a new partition', () => {
  it('gives the verdicts that its parent gave, and only the new ones of its own', async () => {
    const rejection = { sequence: 3, code: 'wrong_type' as const, field: 'n' }
    const parent = workspace.partition('a')
    await parent.append(appendOf(0, 3, { producer: goes, rejected: [rejection] }))
    const child = workspace.partition('a', 1)
    const again = await child.append(appendOf(0, 5, { producer: goes }))
    expect(statuses(again)).toEqual(['duplicate', 'duplicate', 'duplicate', 'rejected', 'accepted'])
    expect((await child.snapshot({ format: 1 })).last).toBe(0)
    expect((await parent.snapshot({ format: 1 })).last).toBe(2)
  })

  it('makes its parent refuse all producers that are no longer its own, after a restart too', async () => {
    const parent = workspace.partition('b')
    await workspace.partition('b', 1).append(appendOf(0, 1, { producer: goes }))
    for (const restarted of [false, true]) {
      if (restarted) await evictDurableObject(parent)
      const fresh = workspace.partition('b')
      const moved = await fresh.append(appendOf(0, 1, { producer: goesToo }))
      expect(moved).toEqual({ format: 1, outcome: 'moved', partitions: 2 })
      const start = restarted ? 1 : 0
      expect(statuses(await fresh.append(appendOf(start, 1, { producer: stays })))).toEqual([
        'accepted',
      ])
    }
  })

  it('finds what lies two counts back, through a parent that never pulled', async () => {
    await workspace.partition('c').append(appendOf(0, 2, { producer: goesLater }))
    const reply = await workspace.partition('c', 3).append(appendOf(0, 3, { producer: goesLater }))
    expect(statuses(reply)).toEqual(['duplicate', 'duplicate', 'accepted'])
    for (const [at, partitions] of [
      [0, 2],
      [1, 4],
    ] as const) {
      const refusal = await workspace
        .partition('c', at)
        .append(appendOf(2, 1, { producer: goesLater }))
      expect(refusal).toEqual({ format: 1, outcome: 'moved', partitions })
    }
  })

  it('refuses an Idempotency-Key that its parent had for another body', async () => {
    const key = { producer: goes, kind: 'keyed' as const }
    await workspace.partition('d').append(appendOf(0, 1, { ...key, bodyDigest: 'one' }))
    const child = workspace.partition('d', 1)
    expect(await child.append(appendOf(0, 1, { ...key, bodyDigest: 'two' }))).toMatchObject({
      outcome: 'reused_key',
    })
    const same = await child.append(appendOf(0, 1, { ...key, bodyDigest: 'one' }))
    expect(statuses(same)).toEqual(['duplicate'])
  })

  it('asks once for all that come at once, and writes a row for each that its parent knew', async () => {
    const [first = '', ...others] = producersOf(1)
    const producers = others.slice(0, 10)
    const parent = workspace.partition('e')
    for (const producer of [first, ...producers.slice(0, 4)])
      await parent.append(appendOf(0, 1, { producer }))
    let calls = 0
    await withPartition(
      workspace,
      'e',
      async ({ append }, ports) => {
        // Makes the week's table, notes that the parent was told, and opens the segment.
        await append(appendOf(0, 2, { producer: first }))
        calls = 0
        const written = await rowsWrittenBy(ports, async () => {
          const replies = await Promise.all(
            producers.map(producer => append(appendOf(0, 1, { producer }))),
          )
          expect(replies.flatMap(statuses).filter(status => status === 'duplicate')).toHaveLength(4)
        })
        // The states that were known, and one row with the records of all.
        expect(written).toBe(4 + 1)
        expect(calls).toBe(1)
        await append(appendOf(1, 1, { producer: producers[7] ?? '' }))
        expect(calls).toBe(1)
      },
      ports => ({
        ...ports,
        peers: {
          ...ports.peers,
          partition: (...ids) => {
            calls++
            return ports.peers.partition(...ids)
          },
        },
      }),
      1,
    )
  })
})

describe('a doubled count', () => {
  it('is applied as an update, and records go on under the same numbers', async () => {
    const producers = [
      ...producersOf(0),
      ...producersOf(1),
      ...producersOf(2),
      ...producersOf(3),
    ].slice(0, 40)
    for (const producer of producers) {
      await workspace.pushNumbered('f', producer, [[0, { n: 0 }]])
    }
    const before = await workspace.send('/api/v1/workspaces/test/definitions')
    const hash = String(Reflect.get(Object(before.json), 'hash'))
    const applied = await workspace.apply(sourcesOf(4), hash)
    expect(applied.json).toMatchObject({ changes: names.map(name => ({ action: 'update', name })) })
    for (const producer of producers) {
      const receipts = await workspace.pushNumbered('f', producer, [
        [0, { n: 0 }],
        [1, { n: 1 }],
      ])
      expect(receipts.map(({ status }) => status)).toEqual(['duplicate', 'accepted'])
    }
    expect(await workspace.rows('f')).toHaveLength(80)
    const audit = await workspace.send('/api/v1/workspaces/test/audit')
    expect(audit.json).toMatchObject({ agree: true })
    const less = await workspace.apply(
      sourcesOf(2),
      String(Reflect.get(Object(applied.json), 'hash')),
    )
    expect(less.status).toBe(409)
    expect(less.text).toContain('from 4 to 2 partitions, and counts only double')
  })
})

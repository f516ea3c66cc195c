import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AppendReply } from '../../../gateway/contracts/append.ts'
import { limits } from '../../../shared/limits.ts'
import { rowsWrittenBy, withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { appendOf, producerOf, testWorkspace, verdictsOf } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const sources = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'].map(name =>
  plainSource(name),
)
await workspace.apply([...sources, clicks, ...Object.values(latestClick(clicks))])

afterEach(() => {
  vi.useRealTimers()
})

const statuses = (reply: AppendReply) => verdictsOf(reply).map(({ status }) => status)
const offsets = (reply: AppendReply) =>
  verdictsOf(reply).map(verdict => (verdict.status === 'accepted' ? verdict.offset : undefined))
const rejected = (sequence: number) => ({ sequence, code: 'wrong_type' as const, field: 'n' })

/** What an append costs beyond its row when the open segment was empty: the duty of its roll. */
const firstRowCost = 1
/** What the first append of a new source costs a partition: its definition, and where its one view begins. */
const definitionCost = 2

describe('an append', () => {
  it('writes one row, however many records it brings', async () => {
    await withPartition(workspace, 'clicks', async ({ append }, ports) => {
      const first = appendOf(0, 1, { text: JSON.stringify(click('u', 0)) })
      const written = await rowsWrittenBy(ports, () => append(first))
      expect(written).toBe(1 + firstRowCost + definitionCost)
      const text = Array.from({ length: 100 }, (_, at) => JSON.stringify(click('u', at))).join('\n')
      const again = await rowsWrittenBy(ports, () => append(appendOf(1, 100, { text, slots: {} })))
      // The view costs the partition nothing: the shard folds in memory and writes later.
      expect(again).toBe(1)
    })
    await evictDurableObject(workspace.partition('clicks'))
  })

  it('writes requests that arrive together as one row', async () => {
    await withPartition(workspace, 'a', async ({ append, snapshot }, ports) => {
      await append(appendOf(0, 1))
      const written = await rowsWrittenBy(ports, async () => {
        const replies = await Promise.all(
          [2, 3, 4, 5, 6].map(at => append(appendOf(0, 10, { producer: producerOf(at) }))),
        )
        expect(replies.flatMap(offsets)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1))
      })
      // The first goes at once; those that came while it was confirmed are the second row.
      expect(written).toBe(2)
      expect((await snapshot({ format: 1 })).last).toBe(50)
    })
  })

  it('writes nothing for duplicates, and one row without records for rejections', async () => {
    await withPartition(workspace, 'b', async ({ append, snapshot }, ports) => {
      await append(appendOf(0, 5))
      const repeated = await rowsWrittenBy(ports, async () => {
        expect(statuses(await append(appendOf(0, 5)))).toEqual(Array(5).fill('duplicate'))
      })
      expect(repeated).toBe(0)
      const refused = await rowsWrittenBy(ports, async () => {
        const reply = await append(appendOf(0, 0, { rejected: [rejected(5), rejected(6)] }))
        expect(statuses(reply)).toEqual(['rejected', 'rejected'])
      })
      expect(refused).toBe(1)
      expect((await snapshot({ format: 1 })).last).toBe(4)
    })
  })

  it('stores only what is new of a request, in order', async () => {
    await withPartition(workspace, 'c', async ({ append, readTail }) => {
      await append(appendOf(3, 2))
      const reply = await append(appendOf(1, 6))
      expect(offsets(reply)).toEqual([2, 3, undefined, undefined, 4, 5])
      const tail = await readTail({ format: 1, after: -1, upTo: 100 })
      expect(tail.outcome === 'pieces' && tail.pieces.map(({ text }) => text).join('\n')).toBe(
        [3, 4, 1, 2, 5, 6].map(n => `{"n":${n}}`).join('\n'),
      )
    })
  })

  it('gives the same verdicts after a restart', async () => {
    const stub = workspace.partition('d')
    await stub.append(appendOf(2, 3, { rejected: [rejected(9)] }))
    await evictDurableObject(stub)
    const request = appendOf(0, 6, { rejected: [rejected(9), rejected(10)], floor: 0 })
    expect(statuses(await stub.append(request))).toEqual([
      ...['accepted', 'accepted', 'duplicate', 'duplicate', 'duplicate', 'accepted'],
      ...['rejected', 'rejected'],
    ])
    await evictDurableObject(stub)
    const reply = await stub.append(appendOf(0, 11, { floor: 5 }))
    expect(verdictsOf(reply).slice(0, 5)).toEqual(
      Array(5).fill({ status: 'duplicate', code: 'settled' }),
    )
    expect(statuses(reply).slice(5)).toEqual([
      ...['duplicate', 'accepted', 'accepted', 'accepted', 'rejected', 'rejected'],
    ])
  })

  it('keeps verdicts when the segment of their rows is closed and dropped', async () => {
    const stub = workspace.partition('e')
    await stub.append(appendOf(0, 4, { rejected: [rejected(4)] }))
    expect(await stub.roll({ format: 1 })).toMatchObject({ status: 'rolled' })
    await runInDurableObject(stub, partition => partition.alarm())
    const held = await stub.readTail({ format: 1, after: -1, upTo: 3 })
    expect(held).toEqual({ format: 1, outcome: 'forgotten', first: 4 })
    const again = appendOf(0, 6)
    const expected = [...Array(4).fill('duplicate'), 'rejected', 'accepted']
    expect(statuses(await stub.append(again))).toEqual(expected)
    await evictDurableObject(stub)
    expect(statuses(await stub.append(again))).toEqual([
      ...Array(4).fill('duplicate'),
      ...['rejected', 'duplicate'],
    ])
  })

  it('answers a request judged by an older definition as stale, and stores the rest of its group', async () => {
    await withPartition(workspace, 'f', async ({ append }) => {
      await append(appendOf(0, 1))
      const [stale, stored] = await Promise.all([
        append(appendOf(1, 1, { version: 0 })),
        append(appendOf(1, 1)),
      ])
      expect(stale).toMatchObject({ outcome: 'stale', version: 1 })
      expect(statuses(stored)).toEqual(['accepted'])
    })
  })

  it('answers a request judged by a definition that nobody issued as stale, and issues one above it', async () => {
    const restored = testWorkspace(1)
    await restored.apply([plainSource('a')])
    await withPartition(restored, 'a', async ({ append }) => {
      await append(appendOf(0, 1))
      const ahead = await append(appendOf(1, 1, { version: 2 }))
      expect(ahead).toMatchObject({ outcome: 'stale', version: 3 })
      expect(statuses(await append(appendOf(1, 1, { version: 3 })))).toEqual(['accepted'])
    })
    await evictDurableObject(restored.partition('a'))
  })

  it('refuses a keyed producer whose body differs', async () => {
    const stub = workspace.partition('g')
    const keyed = appendOf(0, 1, { producer: 'k1', kind: 'keyed', bodyDigest: 'one' })
    expect(statuses(await stub.append(keyed))).toEqual(['accepted'])
    await evictDurableObject(stub)
    expect(statuses(await stub.append(keyed))).toEqual(['duplicate'])
    expect((await stub.append({ ...keyed, bodyDigest: 'two' })).outcome).toBe('reused_key')
  })

  it('holds a group of many rejections in rows that fit', async () => {
    const stub = workspace.partition('h')
    const reasons = Array.from({ length: limits.maxKeptRejections }, (_, sequence) => ({
      sequence,
      code: 'unknown_field' as const,
      field: `${'x'.repeat(250)}${sequence}`,
    }))
    const requests = Array.from({ length: 20 }, (_, at) =>
      stub.append(appendOf(0, 0, { producer: producerOf(at + 10), rejected: reasons })),
    )
    for (const reply of await Promise.all(requests)) {
      expect(statuses(reply)).toEqual(Array(reasons.length).fill('rejected'))
    }
    const sizes = await runInDurableObject(stub, (_, state) =>
      state.storage.sql
        .exec('SELECT max(length(header)) AS most, sum(length(header)) AS all_bytes FROM segment_0')
        .one(),
    )
    expect(Number(sizes.most)).toBeLessThanOrEqual(limits.maxRowBytes)
    // Rejections fill a tail like records do: a segment of nothing else is closed in time as well.
    const { tailBytes } = await stub.snapshot({ format: 1 })
    expect(tailBytes).toBe(Number(sizes.all_bytes))
  })

  it('counts as many bytes as it stores, of whatever its requests brought', async () => {
    const text = ['z', 'é', '€', '\u{10000}'].map(unit =>
      JSON.stringify({ n: 1, text: unit.repeat(700) }),
    )
    const joined = text.join('\n')
    const counted = await withPartition(workspace, 'l', async ({ append, snapshot }) => {
      await Promise.all([
        append(appendOf(0, 4, { producer: producerOf(10), text: joined })),
        append(appendOf(0, 4, { producer: producerOf(11), text: joined })),
        append(appendOf(2, 4, { producer: producerOf(11), text: joined })),
        append(appendOf(0, 4, { producer: producerOf(10), text: joined })),
        append(appendOf(0, 0, { producer: producerOf(12), rejected: [rejected(0)] })),
      ])
      return (await snapshot({ format: 1 })).tailBytes
    })
    const stub = workspace.partition('l')
    await evictDurableObject(stub)
    const stored = await runInDurableObject(stub, (_, state) =>
      state.storage.sql
        .exec('SELECT sum(octet_length(header) + octet_length(body)) AS bytes FROM segment_0')
        .one(),
    )
    expect(counted).toBe(Number(stored.bytes))
    expect((await stub.snapshot({ format: 1 })).tailBytes).toBe(counted)
  })

  it('stores a request whose texts and reasons together outgrow a row', async () => {
    const stub = workspace.partition('i')
    const text = JSON.stringify({ n: 1, filler: 'y'.repeat(1_000_000) })
    const reasons = Array.from({ length: 999 }, (_, at) => ({
      sequence: at + 1,
      code: 'unknown_field' as const,
      field: 'x'.repeat(1_000),
    }))
    const request = appendOf(0, 1, { text, rejected: reasons })
    const expected = ['accepted', ...Array(999).fill('rejected')]
    expect(statuses(await stub.append(request))).toEqual(expected)
    await evictDurableObject(stub)
    expect(statuses(await stub.append(request))).toEqual(['duplicate', ...expected.slice(1)])
  })

  it('takes no more at once than it has memory for, and says so', async () => {
    const text = JSON.stringify({ n: 1, filler: 'x'.repeat(1_000_000) })
    const outcomes = await withPartition(workspace, 'k', async ({ append }) => {
      const replies = Array.from({ length: 40 }, (_, at) =>
        append(appendOf(0, 1, { producer: producerOf(at), text })),
      )
      return (await Promise.all(replies)).map(({ outcome }) => outcome)
    })
    expect(outcomes.slice(0, 33)).toEqual(Array(33).fill('judged'))
    expect(outcomes.slice(34)).toEqual(Array(6).fill('unavailable'))
    await evictDurableObject(workspace.partition('k'))
  })

  it('never lets the ingest time run backwards', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 2_000_000_000_000 })
    const stub = workspace.partition('j')
    await stub.append(appendOf(0, 1))
    vi.setSystemTime(1_000_000_000_000)
    await stub.append(appendOf(1, 1))
    await evictDurableObject(stub)
    await stub.append(appendOf(2, 1))
    expect((await stub.snapshot({ format: 1 })).lastIngestUs).toBe(2_000_000_000_000_000)
  })
})

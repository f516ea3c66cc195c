import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DeliverMessage } from '../../../gateway/contracts/feature-shard-contract.ts'
import type { LogPiece } from '../../../gateway/contracts/message.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { Attribute, StreamFeatureView } from '../../../shared/index.ts'
import { Int64 } from '../../../shared/types.ts'
import { click, clicksSource, latestClick, user } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

/** Each test has a workspace of its own, since one entity set has one shard. */
async function openShard(at: number) {
  const workspace = testWorkspace(at)
  const clicks = clicksSource()
  const { view, service } = latestClick(clicks)
  const second = StreamFeatureView({
    name: 'second',
    source: clicks,
    entities: [user],
    features: [Attribute('n', Int64)],
  })
  await workspace.apply([clicks, view, second, service])
  const definitions = await workspace.definitions()
  const [{ id: entitySetId } = { id: '' }] = definitions?.entitySets ?? []
  const stub = env.FEATURE_SHARD.getByName(objectNames.shard(workspace.workspaceId, entitySetId, 0))
  const sourceId = workspace.idOf('stream_source', 'clicks')
  const viewIds = ['latest_clicks', 'second'].map(name =>
    workspace.idOf('stream_feature_view', name),
  )
  const subscriptions = viewIds.map(viewId => ({ viewId, from: -1 }))
  const deliver = (
    after: number,
    upTo: number,
    pieces: readonly LogPiece[],
    more: Partial<DeliverMessage> = {},
  ) =>
    stub.deliver({
      format: 1,
      sourceId,
      partition: 0,
      after,
      upTo,
      pieces: [...pieces],
      subscriptions,
      ...more,
    })
  const read = async (...keys: readonly string[]) => {
    const { readings, marks } = await stub.read({
      format: 1,
      viewIds,
      keys: keys.map(key => JSON.stringify([key])),
    })
    const shown = readings.map(([first, other]) =>
      [first, other].map(reading =>
        reading?.status === 'present' ? reading.state.values[0] : reading?.status,
      ),
    )
    return { shown, marks: marks[`${sourceId}/0`] }
  }
  return { workspace, stub, sourceId, viewIds, deliver, read }
}

/** One piece of records from an offset on. */
function piece(start: number, records: readonly unknown[], ingestUs = 1_000): LogPiece {
  return {
    ingestUs,
    version: 1,
    start,
    text: records.map(record => JSON.stringify(record)).join('\n'),
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a feature shard', () => {
  it('folds only what follows its mark, and answers its mark to anything else', async () => {
    const { deliver, read } = await openShard(5)
    const first = [piece(0, [click('a', 1), click('b', 2)])]
    expect(await deliver(-1, 1, first)).toMatchObject({ mark: 1, durable: -1 })
    expect(await deliver(4, 5, [piece(5, [click('a', 9)])])).toMatchObject({ mark: 1 })
    expect(await deliver(-1, 1, first)).toMatchObject({ mark: 1 })
    expect(await deliver(1, 1, [])).toMatchObject({ mark: 1 })
    expect(await read('a', 'b', 'c')).toEqual({
      shown: [
        [1, 1],
        [2, 2],
        ['missing', 'missing'],
      ],
      marks: 1,
    })
  })

  it('folds a delivery that overlaps what it has once', async () => {
    const { deliver, read } = await openShard(6)
    await deliver(-1, 1, [piece(0, [click('a', 1), click('a', 2)])])
    // Whole rows are delivered: what is at or under the mark is skipped.
    await deliver(1, 2, [piece(0, [click('a', 8, 99), click('a', 2), click('a', 3)])])
    expect((await read('a')).shown).toEqual([[3, 3]])
  })

  it('orders by event time, then ingest time, partition and offset', async () => {
    const { deliver, read } = await openShard(7)
    const at = (user: string, n: number) => click(user, n, 10)
    await deliver(-1, 4, [
      piece(0, [click('late', 1, 20), click('late', 2, 10)], 1_000),
      piece(2, [at('offset', 1), at('offset', 2)], 2_000),
      piece(4, [at('ingest', 1)], 3_000),
    ])
    const other = { partition: 1 }
    await deliver(
      -1,
      1,
      [piece(0, [at('ingest', 2)], 2_999), piece(1, [at('offset', 3)], 2_000)],
      other,
    )
    expect((await read('late', 'offset', 'ingest')).shown).toEqual([
      [1, 1],
      [3, 3],
      [1, 1],
    ])
  })

  it('catches up with the partitions before it serves after a restart', async () => {
    const { workspace, stub, read } = await openShard(8)
    await workspace.pushRecords('clicks', [click('a', 1), click('b', 2)])
    await evictDurableObject(stub)
    expect((await read('a', 'b')).shown).toEqual([
      [1, 1],
      [2, 2],
    ])
    await workspace.pushRecords('clicks', [click('a', 3)])
    await evictDurableObject(stub)
    await evictDurableObject(workspace.partition('clicks'))
    expect((await read('a')).shown).toEqual([[3, 3]])
  })

  it('leaves out one view that cannot fold, says UNKNOWN of it, and remembers that', async () => {
    const { workspace, stub, viewIds, deliver } = await openShard(9)
    // A stored record that is no object stands for whatever a fold may stumble over.
    await deliver(-1, 1, [piece(0, [click('a', 1), 'no record'])])
    const read = async () => (await stub.read({ format: 1, viewIds, keys: ['["a"]'] })).readings[0]
    expect(await read()).toEqual([{ status: 'unknown' }, { status: 'unknown' }])
    expect(await deliver(1, 2, [piece(2, [click('a', 3)])])).toMatchObject({ mark: 2 })
    await evictDurableObject(stub)
    expect(await read()).toEqual([{ status: 'unknown' }, { status: 'unknown' }])
    const reply = await workspace.features(
      'clicks_features',
      { user: 'a' },
      { includeServingStatus: true },
    )
    expect(reply.json).toMatchObject({
      result: { features: [null, null] },
      metadata: { features: [{ status: 'UNKNOWN' }, { status: 'UNKNOWN' }] },
    })
  })

  it('degrades the failing view alone', async () => {
    const { stub, viewIds, deliver, read } = await openShard(10)
    await deliver(-1, 0, [piece(0, [click('a', 1)])])
    await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec(
        "INSERT INTO view_states (view, format, status, generation, wanted, again_ms) VALUES (?, 1, 'degraded', 0, '{}', ?)",
        viewIds[0] ?? '',
        Date.now() + 3_600_000,
      ),
    )
    await evictDurableObject(stub)
    await deliver(-1, 0, [piece(0, [click('a', 1)])])
    expect((await read('a')).shown).toEqual([['unknown', 1]])
  })

  it('withholds a view whose history it was not given', async () => {
    const { stub, viewIds, deliver, read } = await openShard(11)
    const [first = '', other = ''] = viewIds
    await deliver(-1, 0, [piece(0, [click('a', 1)])], {
      subscriptions: [
        { viewId: first, from: 5 },
        { viewId: other, from: -1 },
      ],
    })
    expect((await read('a')).shown).toEqual([['unknown', 1]])
    await evictDurableObject(stub)
    expect((await read('a')).shown[0]?.[0]).toBe('unknown')
  })

  it('is durable after a checkpoint, and serves it after a restart', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { stub, deliver, read } = await openShard(13)
    expect(await deliver(-1, 1, [piece(0, [click('a', 1), click('b', 2)])])).toMatchObject({
      durable: -1,
    })
    await runDurableObjectAlarm(stub)
    expect(await deliver(1, 1, [])).toMatchObject({ durable: -1 })
    vi.setSystemTime(Date.now() + 6_000)
    await runDurableObjectAlarm(stub)
    expect(await deliver(1, 1, [])).toMatchObject({ mark: 1, durable: 1 })
    await deliver(1, 2, [piece(2, [click('c', 3)])])
    await evictDurableObject(stub)
    // The partition never had these records, so only the checkpoint can have kept them.
    expect(await deliver(2, 2, [])).toMatchObject({ mark: 1, durable: 1 })
    expect((await read('a', 'b', 'c')).shown).toEqual([
      [1, 1],
      [2, 2],
      ['missing', 'missing'],
    ])
  })

  it('writes at the latest after a minute of load', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { stub, deliver } = await openShard(14)
    for (let at = 0; at <= 20; at++) {
      await deliver(at - 1, at, [piece(at, [click('a', at)])])
      vi.setSystemTime(Date.now() + 4_000)
      await runDurableObjectAlarm(stub)
    }
    expect((await deliver(20, 20, [])).durable).toBeGreaterThan(0)
  })
})

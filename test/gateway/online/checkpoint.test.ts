import { afterEach, expect, it, vi } from 'vitest'
import { withShard } from '../support/open-shard.ts'
import { forgotten } from '../support/shard-clicks.ts'
import { click } from '../support/test-definitions.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('costs a row for the first record after a checkpoint, and one for its page and one for the shard', async () => {
  const { workspace, sourceId } = await forgotten(25)
  await withShard(workspace, ['early'], async shard => {
    const recordsOf = (first: number, count: number) =>
      Array.from({ length: count }, (_, at) => JSON.stringify(click(`user ${first + at}`, at)))
    const pieceOf = (start: number, records: readonly string[]) => [
      { ingestUs: 1, version: 1, start, text: records.join('\n') },
    ]
    const rowsBy = async (work: () => Promise<unknown>) => {
      const before = shard.storage.rowsWritten()
      await work()
      return shard.storage.rowsWritten() - before
    }
    await shard.deliver(sourceId, [-1, 4_999], pieceOf(0, recordsOf(0, 5_000)))
    const pages = await rowsBy(() => shard.ring(6_000))
    expect(pages).toBeGreaterThan(256)
    // The shard is dirty, and the checkpoint a duty.
    expect(
      await rowsBy(() => shard.deliver(sourceId, [4_999, 5_000], pieceOf(5_000, recordsOf(7, 1)))),
    ).toBe(2)
    expect(
      await rowsBy(() => shard.deliver(sourceId, [5_000, 5_001], pieceOf(5_001, recordsOf(7, 1)))),
    ).toBe(0)
    // Its page and the shard, and the duty is done.
    expect(await rowsBy(() => shard.ring(6_000))).toBe(3)

    // Room for one page: each of three entities of other pages sends the one before away.
    shard.restart({ cacheBytes: 0, entities: 64, bytes: 65_536, itemBytes: 65_536 })
    await shard.deliver(sourceId, [5_001, 5_002], pieceOf(5_002, recordsOf(7, 1)))
    const written = await rowsBy(() =>
      shard.deliver(sourceId, [5_002, 5_005], pieceOf(5_003, recordsOf(100, 3))),
    )
    expect(written).toBe(3)
  })
})

import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { CommitMessage } from '../../../gateway/contracts/catalogue-contract.ts'
import { listParts } from '../../../gateway/offline/list-parts.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { testWorkspaceIds } from '../../support/test-keys.ts'

const catalogueOf = (source: string) =>
  env.CATALOGUE.getByName(objectNames.catalogue(testWorkspaceIds[0] ?? '', source))
const message = { format: 1 }

function commitOf(
  start: number,
  end: number,
  digest = `${start}-${end}`,
  partition = 0,
): CommitMessage {
  const name = `${partition}-${start}-${end}`
  const part = {
    name,
    key: `log/${name}`,
    partition,
    start,
    end,
    rows: end - start,
    bytes: 1,
    sha256: 'x',
    version: 1,
  }
  return { format: 1, part, digest }
}

describe('a catalogue', () => {
  it('takes ranges that follow the mark, says already to what it has, and conflict to all else', async () => {
    const catalogue = catalogueOf('marks')
    const outcomes = async (...commits: readonly CommitMessage[]) => {
      const said: unknown[] = []
      for (const commit of commits) {
        const { outcome, mark } = await catalogue.commit(commit)
        said.push([outcome, mark])
      }
      return said
    }
    expect(
      await outcomes(
        commitOf(5, 9),
        commitOf(0, 10),
        commitOf(0, 10),
        commitOf(0, 10, 'other rows'),
        commitOf(0, 9),
        commitOf(9, 12),
        commitOf(12, 15),
        commitOf(10, 10),
        commitOf(10, 15),
      ),
    ).toEqual([
      ['conflict', -1],
      ['committed', 9],
      ['already', 9],
      ['conflict', 9],
      ['conflict', 9],
      ['conflict', 9],
      ['conflict', 9],
      ['conflict', 9],
      ['committed', 14],
    ])
    await evictDurableObject(catalogue)
    expect(await outcomes(commitOf(0, 10), commitOf(10, 15), commitOf(15, 16))).toEqual([
      ['already', 14],
      ['already', 14],
      ['committed', 15],
    ])
    const { parts, partitions } = await catalogue.list(message)
    expect(parts.map(({ start, end }) => [start, end])).toEqual([
      [0, 10],
      [10, 15],
      [15, 16],
    ])
    expect(partitions).toEqual([{ partition: 0, mark: 15 }])
  })

  it('lists more parts than one answer holds page by page, by partition and place', async () => {
    const catalogue = catalogueOf('many')
    await catalogue.list(message)
    const each = 6_000
    await runInDurableObject(catalogue, (_, { storage }) => {
      for (const partition of [0, 1]) {
        storage.sql.exec(
          "WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < ?) INSERT INTO parts SELECT ? || '-' || at, 'key', ?, at * 10, at * 10 + 10, 10, 7, 'x', 1, '2026-01-01', '2026-01-0' || CAST(2 + ? AS INTEGER), 0 FROM n",
          each - 1,
          partition,
          partition,
          partition,
        )
      }
    })
    const { parts, pages } = await listParts(catalogue)
    expect(pages).toBe(3)
    expect(parts.map(({ partition, start }) => partition * each * 10 + start)).toEqual(
      Array.from({ length: 2 * each }, (_, at) => at * 10),
    )
    const second = await listParts(catalogue, 1)
    expect([second.parts.length, second.parts[0]?.partition]).toEqual([each, 1])
    const rest = await catalogue.list({
      ...message,
      partition: 0,
      from: { partition: 0, above: 59_985 },
    })
    expect(rest.parts.map(({ start }) => start)).toEqual([59_980, 59_990])
    expect(rest.next).toBeUndefined()
    expect((await catalogue.list({ ...message, withTotals: true })).totals).toEqual({
      parts: 12_000,
      rows: 120_000,
      bytes: 84_000,
      firstEventTime: '2026-01-01',
      lastEventTime: '2026-01-03',
    })
  })

  it('keeps a mark for each partition, also for one it was not told of', async () => {
    const catalogue = catalogueOf('partitions')
    await catalogue.declare({ ...message, partitions: 2 })
    await catalogue.commit(commitOf(0, 3, 'x', 1))
    await catalogue.commit(commitOf(0, 4, 'x', 2))
    await catalogue.declare({ ...message, partitions: 4 })
    expect((await catalogue.list(message)).partitions).toEqual([
      { partition: 0, mark: -1 },
      { partition: 1, mark: 2 },
      { partition: 2, mark: 3 },
      { partition: 3, mark: -1 },
    ])
  })

  it('wakes only partitions that are noted to hold something', async () => {
    const catalogue = catalogueOf('sweep')
    await catalogue.declare({ ...message, partitions: 4 })
    expect(await catalogue.sweep(message)).toMatchObject({ woken: 0 })
    await catalogue.note({ ...message, partition: 2, holds: true })
    expect(await catalogue.sweep(message)).toMatchObject({ woken: 1 })
    await catalogue.note({ ...message, partition: 2, holds: false })
    expect(await catalogue.sweep(message)).toMatchObject({ woken: 0 })
  })
})

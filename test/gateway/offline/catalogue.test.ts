import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { CommitMessage } from '../../../gateway/contracts.ts'
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

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPartCache, WrongPart } from '../../../client/offline/part-cache.ts'
import { partChain, partsWithin } from '../../../client/offline/part-chain.ts'
import { tempFolder } from '../../cli/support/temp-folder.ts'

const bytes = new TextEncoder().encode('PAR1 and so on PAR1')
const part = {
  name: 'a.parquet',
  partition: 0,
  start: 0,
  end: 3,
  rows: 3,
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
}

async function* body(...pieces: readonly (Uint8Array | Error)[]) {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece
    yield piece
  }
}

describe('a cache of parts', () => {
  it('keeps what has its digest, for whoever fetches it at the same time', async () => {
    const folder = join(await tempFolder(), 'deep', 'cache')
    const [one, other] = await Promise.all([openPartCache(folder), openPartCache(folder)])
    expect(await one.has(part)).toBe(false)
    const halves = () => body(bytes.subarray(0, 5), bytes.subarray(5))
    await Promise.all([one.keep(part, halves()), other.keep(part, halves())])
    expect(await other.has(part)).toBe(true)
    expect(await readdir(folder)).toEqual([`${part.sha256}.parquet`])
    expect(new Uint8Array(await readFile(one.pathOf(part)))).toEqual(bytes)
  })

  it('leaves nothing of what broke off, or is another', async () => {
    const folder = await tempFolder()
    const cache = await openPartCache(folder)
    await expect(cache.keep(part, body(bytes.subarray(0, 5), new Error('broken')))).rejects.toThrow(
      'broken',
    )
    await expect(cache.keep(part, body(bytes.subarray(1)))).rejects.toThrow(WrongPart)
    await expect(cache.keep(part, body(bytes.toReversed()))).rejects.toThrow(WrongPart)
    expect(await cache.has(part)).toBe(false)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a chain of parts', () => {
  const at = (partition: number, start: number, end: number) => ({ ...part, partition, start, end })

  it('holds each record once, whatever the order of the list', () => {
    const chain = partChain([at(1, 5, 9), at(0, 3, 4), at(0, 0, 3)])
    expect(chain).toMatchObject({
      marks: [
        { partition: 0, upTo: 3 },
        { partition: 1, upTo: 8 },
      ],
      expired: [1],
    })
    const within = chain && partsWithin(chain, [{ partition: 0, upTo: 2 }])
    expect(within?.map(({ start }) => start)).toEqual([0])
    expect(partChain([])).toEqual({ parts: [], marks: [], expired: [] })
  })

  it.each([
    ['a gap', [at(0, 0, 3), at(0, 4, 5)]],
    ['an overlap', [at(0, 0, 3), at(0, 2, 5)]],
    ['the same twice', [at(0, 0, 3), at(0, 0, 3)]],
  ])('is none with %s', (_, listed) => {
    expect(partChain(listed)).toBeUndefined()
  })
})

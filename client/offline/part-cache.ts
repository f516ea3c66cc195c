import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../node/sync-folder.ts'
import type { ListedPart } from './part-chain.ts'

/** What came is not what the catalogue lists. */
export class WrongPart extends Error {}

/** Keeps parts as files named by their digest. Any number of processes may use one folder at the same time. */
export interface PartCache {
  /** Where a part is once it is there. */
  pathOf(part: ListedPart): string
  has(part: ListedPart): Promise<boolean>
  /**
   * Keeps a part's bytes: they have their name only when they are whole, on disk and of the listed digest. Throws a
   * WrongPart where they are not.
   */
  keep(part: ListedPart, bytes: AsyncIterable<Uint8Array>): Promise<void>
}

/** Opens a cache of parts in a folder, which is made. */
export async function openPartCache(folder: string): Promise<PartCache> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = ({ sha256 }: ListedPart) => join(folder, `${sha256}.parquet`)
  return {
    pathOf,
    async has(part) {
      try {
        return (await stat(pathOf(part))).size === part.bytes
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
        throw error
      }
    },
    async keep(part, bytes) {
      // A folder of its own: another process may fetch the same part.
      const draft = await mkdtemp(join(folder, 'draft-'))
      try {
        const path = join(draft, 'part')
        const { size, sha256 } = await write(path, bytes)
        if (size !== part.bytes || sha256 !== part.sha256) {
          throw new WrongPart(
            `Part ${part.name} came as ${size} bytes of digest ${sha256.slice(0, 12)}…; listed are ${part.bytes} bytes of ${part.sha256.slice(0, 12)}….`,
          )
        }
        await rename(path, pathOf(part))
        await syncFolder(folder)
      } finally {
        await rm(draft, { recursive: true, force: true })
      }
    },
  }
}

async function write(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of bytes) {
      hash.update(chunk)
      size += chunk.length
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { size, sha256: hash.digest('hex') }
}

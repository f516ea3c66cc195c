import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../client/node/sync-folder.ts'

/**
 * Writes a file so that a crash leaves either the old one or the whole new one, for its owner only.
 * The name is changed after the bytes are on disk, and the folder is synced after that.
 */
export async function writeFileSafely(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

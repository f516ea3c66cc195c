import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../client/node/sync-folder.ts'

/**
 * Writes a file as its bytes come. It has its name only when it is whole and on disk: what breaks off leaves no file,
 * and one that was there before as it was. Tells how many bytes have come so far; gives how many there are.
 */
export async function streamFileSafely(
  path: string,
  body: AsyncIterable<Uint8Array>,
  came: (bytes: number) => void = () => {},
): Promise<number> {
  const draft = `${path}.${process.pid}.draft`
  const file = await open(draft, 'w')
  let bytes = 0
  try {
    try {
      for await (const chunk of body) {
        await file.writeFile(chunk)
        bytes += chunk.length
        came(bytes)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
  await syncFolder(dirname(path))
  return bytes
}

import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../client/node/sync-folder.ts'
import { type OutputPlace, outputPlace, unwritable } from './output-place.ts'

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface StreamFileOptions {
  /** Told how many bytes have come so far. */
  readonly came?: (bytes: number) => void
  readonly mode?: number
}

/**
 * Writes a file as its bytes come. It has its name only when it is whole and on disk: what breaks off leaves no file,
 * and one that was there before as it was. A device or a pipe is written to as it is. Gives how many bytes there are;
 * what cannot be written is a CliError, what `body` throws is thrown as it is.
 */
export async function streamFileSafely(
  path: string,
  body: Bytes,
  options: StreamFileOptions = {},
): Promise<number> {
  const place = await outputPlace(path)
  const target = place.isReplaced ? `${place.path}.${process.pid}.draft` : place.path
  const file = await open(target, 'w', options.mode).catch(refuse(path))
  try {
    const bytes = await fill(file, path, body, place, options)
    if (place.isReplaced) {
      await rename(target, place.path).catch(refuse(path))
      await syncFolder(dirname(place.path))
    }
    return bytes
  } catch (cause) {
    if (place.isReplaced) await rm(target, { force: true })
    throw cause
  }
}

async function fill(
  file: FileHandle,
  path: string,
  body: Bytes,
  { isReplaced }: OutputPlace,
  { came = () => {} }: StreamFileOptions,
): Promise<number> {
  let bytes = 0
  try {
    for await (const chunk of body) {
      await file.writeFile(chunk).catch(refuse(path))
      bytes += chunk.length
      came(bytes)
    }
    if (isReplaced) await file.sync().catch(refuse(path))
    return bytes
  } finally {
    await file.close()
  }
}

function refuse(path: string): (cause: unknown) => never {
  return cause => {
    throw unwritable(path, cause)
  }
}

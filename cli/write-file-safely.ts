import { streamFileSafely } from './stream-file-safely.ts'

/**
 * Writes a file so that a crash leaves either the old one or the whole new one, for its owner only.
 * The name is changed after the bytes are on disk, and the folder is synced after that.
 */
export async function writeFileSafely(path: string, text: string): Promise<void> {
  await streamFileSafely(path, [new TextEncoder().encode(text)], { mode: 0o600 })
}

import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Copies a reply's body into a stream of Node, as fast as that takes it, and leaves it open. Rejects if either
 * side breaks: a reply that ends early is an error, never a short success.
 */
export async function writeStream(
  body: AsyncIterable<Uint8Array>,
  out: NodeJS.WritableStream,
  signal?: AbortSignal,
): Promise<void> {
  const into = new Writable({
    write(bytes, _, done) {
      out.write(bytes, error => done(error))
    },
  })
  const onError = (error: Error): void => void into.destroy(error)
  out.once('error', onError)
  try {
    await pipeline(body, into, signal === undefined ? {} : { signal })
  } finally {
    out.off('error', onError)
  }
}

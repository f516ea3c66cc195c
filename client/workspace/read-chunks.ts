import type { Clock } from '../clock.ts'

/** A body that gives nothing for so long is taken for broken. */
export class StalledBody extends Error {}

/**
 * Reads a body as it arrives, and lets it go where its reader stops. Throws what broke it, and a StalledBody
 * where nothing comes for `stallMs`.
 */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
  stallMs: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let isOver = false
  try {
    for (;;) {
      const { done, value } = await withinTime(reader.read(), clock, stallMs)
      if (done) {
        isOver = true
        return
      }
      yield value
    }
  } finally {
    // What broke a body has been thrown above, and is not worth saying twice.
    if (!isOver) reader.cancel().catch(() => {})
  }
}

async function withinTime<T>(work: Promise<T>, clock: Clock, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(ms, () => reject(new StalledBody(`Nothing came for ${ms} ms.`)))
  try {
    return await Promise.race([work, promise])
  } finally {
    cancel()
  }
}

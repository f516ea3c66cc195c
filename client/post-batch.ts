import { classifyReply, type Outcome } from './classify-reply.ts'
import type { Clock } from './clock.ts'
import type { OutboxEntry } from './outbox.ts'
import { retryAfterMs } from './retry-after.ts'

/** The part of `fetch` that is used, so that a script can stand in for it. */
export type Fetch = (
  url: string,
  request: {
    readonly method: 'POST'
    readonly headers: { readonly [name: string]: string }
    readonly body: string
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

export interface Gateway {
  readonly url: string
  readonly key: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Sends one body and gives what became of its entries; never rejects. No reply within the time-out, or before
 * `abort` is pulled, is `retry`, even if `fetch` ignores its signal.
 */
export async function postBatch(
  { url, key, fetch, clock, timeoutMs }: Gateway,
  body: string,
  order: readonly OutboxEntry[],
  abort: AbortController,
): Promise<Outcome> {
  const { signal } = abort
  const cancel = clock.after(timeoutMs, () => abort.abort())
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`timed out after ${timeoutMs} ms`)))
  })
  const exchange = async () => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body,
      redirect: 'manual',
      signal,
    })
    const floorMs = retryAfterMs(reply.headers.get('retry-after'), clock.now())
    return classifyReply({ status: reply.status, text: await reply.text(), floorMs }, order)
  }
  try {
    return await Promise.race([exchange(), aborted])
  } catch (error) {
    return { kind: 'retry', reason: `No reply: ${error}`, floorMs: 0 }
  } finally {
    cancel()
  }
}

import type { Clock, Time } from './clock.ts'
import { decodeReply, type Outcome } from './decode-reply.ts'
import { gzip } from './gzip.ts'
import type { OutboxEntry } from './outbox.ts'
import { retryAfterMs } from './retry-after.ts'
import { isPage } from './surroundings.ts'

/** The part of `fetch` that is used, so that a script can stand in for it. */
export type Fetch = (
  url: string,
  request: {
    readonly method: 'POST'
    readonly headers: { readonly [name: string]: string }
    /** JSON, as it is or compressed by gzip. */
    readonly body: string | Uint8Array<ArrayBuffer>
    readonly redirect: 'manual'
    readonly signal: AbortSignal
    readonly keepalive: boolean
  },
) => Promise<{
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}>

export interface Gateway {
  /** Records go to `<url>/ingest`. */
  readonly url: string
  /** May change when the old one is refused. */
  key: string
  readonly fetch: Fetch
  /** Whether bodies are compressed; left out, those of pages are, since a device's way up is narrow. */
  readonly compress?: boolean | undefined
}

export interface Post {
  readonly clock: Clock
  readonly time: Time
  readonly timeoutMs: number
  readonly abort: AbortController
  readonly isLeaving: boolean
}

/**
 * Sends one body and gives what became of its entries; never rejects. No reply within the time-out, or before
 * `abort` is pulled, is `retry`, even if `fetch` ignores its signal. When the page is being left the request
 * goes out in this very turn, uncompressed, and outlives the page.
 */
export async function postBatch(
  { url, key, fetch, compress = isPage() }: Gateway,
  text: string,
  order: readonly OutboxEntry[],
  { clock, time, timeoutMs, abort, isLeaving }: Post,
): Promise<Outcome> {
  const { signal } = abort
  const cancel = clock.after(timeoutMs, () => abort.abort())
  const aborted = new Promise<never>((_, reject) => {
    signal.onabort = () => reject(new Error(`timed out after ${timeoutMs} ms`))
  })
  const exchange = async () => {
    // A page's request with a header of ours would ask for leave first, for which there may be no time; and
    // whoever reads a page's source has its key anyway. The gateway knows gzip by its first bytes.
    const isPlain = isPage() && key.startsWith('tg_ingest_')
    const reply = await fetch(
      `${url.replace(/\/+$/, '')}/ingest?receipts=runs${isPlain ? `&key=${encodeURIComponent(key)}` : ''}`,
      {
        method: 'POST',
        headers: isPlain
          ? { 'Content-Type': 'text/plain' }
          : { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
        body: compress && !isLeaving ? await gzip(text) : text,
        redirect: 'manual',
        signal,
        keepalive: isLeaving,
      },
    )
    const { status, headers } = reply
    const date = headers.get('date')
    const floorMs = retryAfterMs(headers.get('retry-after'), Date.parse(`${date}`) || time.now())
    const outcome = decodeReply({ status, text: await reply.text(), floorMs }, order)
    // Whoever stands between may have any time.
    if (outcome.kind === 'delivered' || outcome.code) time.correct(date)
    return outcome
  }
  try {
    return await Promise.race([exchange(), aborted])
  } catch (error) {
    return { kind: 'retry', reason: `No reply: ${error}`, floorMs: 0 }
  } finally {
    cancel()
  }
}

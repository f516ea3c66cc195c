import type { Fetch } from '../../../client/index.ts'
import type { IngestRequest } from '../../../shared/ingest-protocol.ts'

interface SentRequest {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly text: string
  readonly body: IngestRequest
  readonly signal: AbortSignal
  /** Virtual time of the request. */
  readonly atMs: number
}

type Reply = Awaited<ReturnType<Fetch>>
export type Step = (request: SentRequest) => Reply | Promise<Reply>

/** Gives a reply as `fetch` would. */
export function reply(
  status: number,
  body: unknown = '',
  headers: { readonly [name: string]: string } = {},
): Reply {
  return {
    status,
    headers: { get: name => headers[name.toLowerCase()] ?? null },
    text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
  }
}

/** Gives the reply in which every record has the status (and whatever else) that `wordOn` says. */
export function receiptsFor(
  { body }: SentRequest,
  wordOn: (source: string, index: number) => { status: string } = () => ({ status: 'accepted' }),
) {
  const receipts = Object.entries(body.records).flatMap(([source, elements]) =>
    elements.map((_, index) => ({ source, index, ...wordOn(source, index) })),
  )
  return { protocol: 1, workspaceName: body.workspace_name, ingestMetrics: {}, receipts }
}

export const accept: Step = request => reply(200, receiptsFor(request))
export const fail: Step = () => {
  throw new TypeError('fetch failed')
}
export const hang: Step = () => new Promise(() => {})
export const answer =
  (...given: Parameters<typeof reply>): Step =>
  () =>
    reply(...given)

/** Gives a `fetch` that plays the steps in turn, then accepts everything, and what it was asked. */
export function scriptedFetch(clock: { now(): number }, steps: Step[] = []) {
  const requests: SentRequest[] = []
  const startMs = clock.now()
  const fetch: Fetch = async (url, { headers, body, signal }) => {
    const request: SentRequest = {
      url,
      headers,
      text: textOf(body),
      body: JSON.parse(textOf(body)),
      signal,
      atMs: clock.now() - startMs,
    }
    requests.push(request)
    return (steps.shift() ?? accept)(request)
  }
  return { fetch, requests, steps }
}

/** The text of a body that was not compressed. */
export function textOf(body: string | Uint8Array): string {
  if (typeof body === 'string') return body
  throw new TypeError('The body is compressed.')
}

/** The sequences of a request's source. */
export function sequencesOf({ body }: SentRequest, source = 'clicks') {
  return body.records[source]?.map(({ sequence }) => sequence)
}

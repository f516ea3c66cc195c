import ky, { type Options } from 'ky'
import * as v from 'valibot'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { protocolVersion } from '../../shared/ingest-protocol.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { type Clock, systemClock } from '../clock.ts'
import { GatewayError } from './gateway-error.ts'
import { gatewayError, isWorthAnotherTry, unreadable } from './http-sentence.ts'
import { readChunks } from './read-chunks.ts'

/** Asks for a body as `fetch` does; a Worker's service binding fits as well. */
export type Fetch = typeof globalThis.fetch

export interface HttpOptions {
  /** The gateway's address, such as `https://tidegate.example`. */
  readonly url: string
  /** An admin key. */
  readonly key: string
  readonly fetch?: Fetch
  readonly clock?: Clock
  /** For an answer to begin, and between two pieces of its body; 30 seconds unless given. */
  readonly timeoutMs?: number
  /** Ends every call, beside the signal that a call has of its own. */
  readonly signal?: AbortSignal
}

export type GatewayHttp = ReturnType<typeof createGatewayHttp>

/** Definitions have a mebibyte at most; no other answer that is read as a whole comes near it. */
const maxReplyBytes = 4_194_304
const retries = 3
const protocolSchema = v.object({ protocol: v.number() })

/** Calls a gateway's routes; each failure is a GatewayError but an abort, which is its signal's reason. */
export function createGatewayHttp({
  url,
  key,
  fetch,
  clock = systemClock,
  timeoutMs = 30_000,
  signal,
}: HttpOptions) {
  const base = `${addressOf(url)}/api/v1`
  // A header that is refused would be quoted by whoever refuses it.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ValidationError(
      'key is a key of the gateway, such as tg_admin_…; this one has other characters or none.',
    )
  }
  const http = ky.create({
    timeout: timeoutMs,
    retry: {
      limit: retries,
      methods: ['get'],
      jitter: true,
      backoffLimit: 5_000,
      maxRetryAfter: 30_000,
      shouldRetry: ({ error }) => isWorthAnotherTry(error),
    },
    hooks: {
      beforeRequest: [({ request }) => request.headers.set('authorization', `Bearer ${key}`)],
      beforeError: [({ error, request }) => gatewayError(request.url, error)],
    },
    ...(fetch === undefined ? {} : { fetch }),
  })

  function withSignal(options: Options): Options {
    if (signal === undefined) return options
    return {
      ...options,
      signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal,
    }
  }

  async function call(path: string, given: Options = {}): Promise<Response> {
    const options = withSignal(given)
    try {
      return await http(`${base}${path}`, options)
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason
      throw error instanceof GatewayError ? error : gatewayError(`${base}${path}`, error)
    }
  }

  async function text(path: string, given: Options = {}): Promise<string> {
    const options = withSignal(given)
    const response = await call(path, options)
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let text = ''
    let bytes = 0
    const startMs = clock.elapsed()
    try {
      for await (const chunk of chunksOf(response)) {
        bytes += chunk.byteLength
        // A body that drips on for ever is as good as none.
        if (bytes > maxReplyBytes || clock.elapsed() - startMs > timeoutMs) {
          throw unreadable(
            `${base}${path}`,
            `a body that does not end within ${maxReplyBytes} bytes and ${timeoutMs} ms`,
          )
        }
        text += decoder.decode(chunk, { stream: true })
      }
      return text + decoder.decode()
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason
      if (error instanceof GatewayError) throw error
      throw unreadable(
        `${base}${path}`,
        `its body broke off: ${error instanceof Error ? error.message : error}`,
        error,
      )
    }
  }

  function chunksOf({ body }: Response): AsyncIterable<Uint8Array> {
    return readChunks(body ?? new Blob().stream(), clock, timeoutMs)
  }

  return {
    base,
    clock,
    /** An answer of 2xx; posts are not tried again unless `retry` says so. */
    call,
    chunksOf,
    text,
    /** An answer's JSON with exact integers, decoded. */
    async json<Schema extends v.GenericSchema>(
      schema: Schema,
      path: string,
      options: Options = {},
    ): Promise<v.InferOutput<Schema>> {
      const said = await text(path, options)
      let value: unknown
      try {
        value = parseExactJson(said)
      } catch (error) {
        throw unreadable(`${base}${path}`, 'it is no JSON', error)
      }
      const spoken = v.safeParse(protocolSchema, value)
      if (spoken.success && spoken.output.protocol > protocolVersion) {
        throw new GatewayError(
          `${new URL(base).origin} answered ${path} in protocol ${spoken.output.protocol}, and this version speaks ${protocolVersion}: install a newer tidegate.`,
          { code: 'newer_protocol' },
        )
      }
      const read = v.safeParse(schema, value)
      if (read.success) return read.output
      const [issue] = read.issues
      throw unreadable(`${base}${path}`, `${v.getDotPath(issue) ?? 'the body'}: ${issue.message}`)
    },
  }
}

function addressOf(url: string): string {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address !== undefined && /^https?:$/.test(address.protocol)) return url.replace(/\/+$/, '')
  throw new ValidationError(
    `url is the gateway's address, such as https://tidegate.example, but received ${JSON.stringify(url)}.`,
  )
}

import { limits } from '../../shared/limits.ts'
import type { Clock } from '../ports.ts'
import { Problem } from './problem.ts'

/**
 * Reads a request's body as text, sizes before work: refused by its header when that is too large, else
 * counted while it arrives. Throws a Problem for encodings, sizes, slow senders and bytes that are no UTF-8.
 */
export async function readBody(
  request: Request,
  clock: Clock,
  maxBytes: number = limits.maxRequestBytes,
): Promise<string> {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity') {
    throw new Problem(
      'unsupported_encoding',
      `Content-Encoding "${encoding.slice(0, 32)}" is not supported; send the body as it is.`,
    )
  }
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > maxBytes) throw tooLarge(length, maxBytes)
  if (request.body === null) return ''
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  const late = clock.sleep(limits.requestReadTimeoutMs).then(() => 'late' as const)
  for (;;) {
    const chunk = await Promise.race([reader.read(), late])
    if (chunk === 'late') {
      await reader.cancel()
      throw new Problem(
        'malformed_request',
        `The body did not arrive within ${limits.requestReadTimeoutMs} ms.`,
      )
    }
    if (chunk.done) break
    size += chunk.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw tooLarge(size, maxBytes)
    }
    chunks.push(chunk.value)
  }
  return decode(chunks, size)
}

function decode(chunks: readonly Uint8Array[], size: number): string {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Problem('malformed_request', 'The body is not valid UTF-8.')
  }
}

function tooLarge(bytes: number, maxBytes: number): Problem {
  return new Problem(
    'too_large',
    `The body has at least ${bytes} bytes; the limit is ${maxBytes}. Send the records in several requests.`,
  )
}

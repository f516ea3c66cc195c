import { limits } from '../../shared/limits.ts'
import type { Clock } from '../ports.ts'
import { Problem } from './problem.ts'

/**
 * Reads a request's body as text, sizes before work: refused by its header when that is too large, else
 * counted while it arrives and again while it is decompressed. gzip is known by `Content-Encoding` or by its
 * first bytes, with which no JSON begins: a page that may not set the header without a preflight needs none.
 * Throws a Problem for other encodings, sizes, slow senders and bytes that are no gzip or no UTF-8.
 */
export async function readBody(
  request: Request,
  clock: Clock,
  maxBytes: number = limits.maxRequestBytes,
): Promise<string> {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity' && encoding !== 'gzip') {
    throw new Problem(
      'unsupported_encoding',
      `Content-Encoding "${encoding.slice(0, 32)}" is not supported; send gzip or the body as it is.`,
    )
  }
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > maxBytes) throw tooLarge(length, maxBytes)
  if (request.body === null) return ''
  const late = clock.sleep(limits.requestReadTimeoutMs).then(() => 'late' as const)
  const sent = await (length > 0
    ? readWhole(request, late)
    : readChunks(request.body.getReader(), late, maxBytes))
  if (sent.byteLength > maxBytes) throw tooLarge(sent.byteLength, maxBytes)
  const isGzip = encoding === 'gzip' || (encoding === null && sent[0] === 0x1f && sent[1] === 0x8b)
  const bytes = isGzip ? await decompress(sent, late, maxBytes) : sent
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Problem('malformed_request', 'The body is not valid UTF-8.')
  }
}

/** Reads a body that HTTP frames by the length it told: one read instead of one for each chunk. */
async function readWhole(
  request: Request,
  late: Promise<'late'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = await Promise.race([request.arrayBuffer(), late])
  if (body === 'late') throw tooSlow()
  return new Uint8Array(body)
}

/** Stops at the limit: a megabyte of gzip may hold a gigabyte of nothing. */
async function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  late: Promise<'late'>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  try {
    return await readChunks(plain.getReader(), late, maxBytes)
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw new Problem('malformed_request', 'The body is not valid gzip.')
  }
}

/** Reads a body of untold length, counted while it arrives. */
async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  late: Promise<'late'>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const chunk = await Promise.race([reader.read(), late])
    if (chunk === 'late') {
      await reader.cancel()
      throw tooSlow()
    }
    if (chunk.done) break
    size += chunk.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw tooLarge(size, maxBytes)
    }
    chunks.push(chunk.value)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function tooSlow(): Problem {
  return new Problem(
    'malformed_request',
    `The body did not arrive within ${limits.requestReadTimeoutMs} ms.`,
  )
}

function tooLarge(bytes: number, maxBytes: number): Problem {
  return new Problem(
    'too_large',
    `The body has at least ${bytes} bytes; the limit is ${maxBytes}. Send the records in several requests.`,
  )
}

import type { FrameLinesQuery, FramePorts } from './frame-lines.ts'
import { GatewayError } from './gateway-error.ts'

/** Formats whose end tells that they are whole: what each begins and ends with, a character a byte. */
const formats = {
  parquet: { what: 'Parquet file', head: 'PAR1', tail: 'PAR1' },
  // The mark of a message; at the end one of no length.
  arrow: { what: 'Arrow stream', head: '\xff\xff\xff\xff', tail: '\xff\xff\xff\xff\0\0\0\0' },
} as const

/**
 * Reads a data frame as the bytes of one Parquet file or Arrow stream, as the gateway sends them. Such a file cannot be
 * gone on with: where the connection breaks, or what came is no whole one, it throws a GatewayError whose `resume` is
 * the cut, by which the same rows are read anew.
 */
export async function* frameFile(
  format: keyof typeof formats,
  { ask }: Pick<FramePorts, 'ask'>,
  { source, range, columns, isAsSent = false, resume, agreeOnCut, signal }: FrameLinesQuery,
): AsyncGenerator<Uint8Array> {
  const { what, head, tail } = formats[format]
  let cut = resume?.cut
  let bytes = 0
  let first = ''
  let last = ''
  try {
    const reply = await ask({
      ...range,
      ...(isAsSent ? { apply_translator: 'false' } : {}),
      columns: columns.join(','),
      format,
      ...(cut === undefined ? {} : { cut }),
    })
    const found = reply.headers.get('tidegate-cut')
    if (found !== null) cut ??= agreeOnCut?.(found) ?? found
    for await (const chunk of reply.chunks) {
      bytes += chunk.length
      first = (first + textOf(chunk.subarray(0, head.length))).slice(0, head.length)
      last = (last + textOf(chunk.subarray(-tail.length))).slice(-tail.length)
      yield chunk
    }
    if (first === head && last === tail && bytes > head.length + tail.length) return
    throw new Error(`What came is no whole ${what}.`)
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (cause instanceof GatewayError && bytes === 0) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError(
      `The data frame of "${source}" broke off after ${bytes} bytes (${reason}). One ${what} cannot be gone on with: read it anew; this error's "resume" gives the same rows.`,
      { code: 'broken_off', cause, ...(cut === undefined ? {} : { resume: { cut } }) },
    )
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

import type { FrameLinesQuery, FramePorts } from './frame-lines.ts'
import { GatewayError } from './gateway-error.ts'

const magic = 'PAR1'

/**
 * Reads a data frame as the bytes of one Parquet file, as the gateway sends them. A file has its footer at its end and
 * cannot be gone on with: where the connection breaks, or what came is no whole file, it throws a GatewayError whose
 * `resume` is the cut, by which the same rows are read anew.
 */
export async function* frameParquet(
  { ask }: Pick<FramePorts, 'ask'>,
  { source, range, columns, isAsSent = false, resume, agreeOnCut, signal }: FrameLinesQuery,
): AsyncGenerator<Uint8Array> {
  let cut = resume?.cut
  let bytes = 0
  let first = ''
  let last = ''
  try {
    const reply = await ask({
      ...range,
      ...(isAsSent ? { apply_translator: 'false' } : {}),
      columns: columns.join(','),
      format: 'parquet',
      ...(cut === undefined ? {} : { cut }),
    })
    const found = reply.headers.get('tidegate-cut')
    if (found !== null) cut ??= agreeOnCut?.(found) ?? found
    for await (const chunk of reply.chunks) {
      bytes += chunk.length
      first = (first + textOf(chunk.subarray(0, magic.length))).slice(0, magic.length)
      last = (last + textOf(chunk.subarray(-magic.length))).slice(-magic.length)
      yield chunk
    }
    if (first === magic && last === magic && bytes > 2 * magic.length) return
    throw new Error('What came is no whole Parquet file.')
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (cause instanceof GatewayError && bytes === 0) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError(
      `The data frame of "${source}" broke off after ${bytes} bytes (${reason}). A Parquet file cannot be gone on with: read it anew; this error's "resume" gives the same rows.`,
      { code: 'broken_off', cause, ...(cut === undefined ? {} : { resume: { cut } }) },
    )
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

import { type FramePorts, frameLines } from '../../client/workspace/frame-lines.ts'
import { GatewayError } from '../../client/workspace/gateway-error.ts'
import type { CompiledSource } from '../../gateway/ingest/compiled-source.ts'
import { DamagedPart } from '../../gateway/offline/whole-part.ts'
import type { Ports } from '../../gateway/ports.ts'
import { answerDataFrame } from '../../gateway/routes/dataframe-route.ts'
import { Problem } from '../../gateway/routes/problem.ts'
import type { FrameRow } from './oracles.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * Reads a data frame as whoever runs `tidegate get-dataframe` does: through the route and, where the stream
 * breaks, on after the last row by the same cut. Says what no fault may cause of parts and of that cut.
 */
export async function readInMidFlow(
  ports: Pick<Ports, 'clock' | 'peers' | 'parts' | 'report'>,
  time: VirtualTime,
  compiled: CompiledSource,
  columns: readonly string[],
  wrong: string[],
): Promise<FrameRow[]> {
  const { name: source } = compiled.source
  const note = (cause: unknown): never => {
    if (cause instanceof DamagedPart) wrong.push(`I1 a reader of ${source}: ${cause}`)
    if (cause instanceof Problem) wrong.push(`I6 a reader of ${source} is refused: ${cause}`)
    throw cause
  }
  async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
    const reader = body?.getReader()
    for (;;) {
      const { value } = (await reader?.read().catch(note)) ?? {}
      if (value === undefined) return
      yield value
    }
  }
  const ask: FramePorts['ask'] = async query => {
    const parameters = new URLSearchParams(query)
    const { headers, body } = await answerDataFrame(ports, compiled, parameters).catch(note)
    return { headers, chunks: chunksOf(body) }
  }
  const rows: FrameRow[] = []
  try {
    for await (const lines of frameLines(
      { ask, wait: time.sleep },
      { source, range: {}, columns },
    )) {
      for (const line of lines) rows.push(JSON.parse(line))
    }
  } catch (cause) {
    const isBroken = cause instanceof GatewayError && cause.code === 'unreadable_reply'
    if (isBroken) wrong.push(`I6 a reader of ${source} does not believe its rows: ${cause.message}`)
    throw cause
  }
  return rows
}

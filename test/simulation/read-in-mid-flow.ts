import { dataframeLines } from '../../cli/dataframe-lines.ts'
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
  const getDataframe = async (_: string, parameters: Readonly<Record<string, string>> = {}) => {
    const reply = await answerDataFrame(ports, compiled, new URLSearchParams(parameters)).catch(
      note,
    )
    const chunks = reply.body?.getReader()
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value } = (await chunks?.read().catch(note)) ?? {}
        if (value === undefined) controller.close()
        else controller.enqueue(value)
      },
    })
    return new Response(body, { headers: reply.headers })
  }
  const rows: FrameRow[] = []
  const request = { source, range: {}, columns }
  for await (const text of dataframeLines({ getDataframe }, request, time.sleep)) {
    for (const line of text.trimEnd().split('\n')) rows.push(JSON.parse(line))
  }
  return rows
}

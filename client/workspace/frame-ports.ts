import type { FramePorts } from './frame-lines.ts'
import type { GatewayHttp } from './gateway-http.ts'

/** How a source's data frame is asked for over HTTP: an answer of any length, whose pieces may not keep waiting. */
export function framePorts(
  http: Pick<GatewayHttp, 'call' | 'chunksOf' | 'clock'>,
  sourcePath: string,
  signal: AbortSignal | undefined,
): FramePorts {
  // A source that is recreated between two tries has other rows at the same places.
  let source: { readonly source_id?: string } = {}
  return {
    async ask(query) {
      const searchParams = { ...query, ...source }
      const options = { searchParams, ...(signal === undefined ? {} : { signal }) }
      const reply = await http.call(`${sourcePath}/dataframe`, options)
      const id = reply.headers.get('tidegate-source')
      if (id !== null) source = { source_id: id }
      return { headers: reply.headers, chunks: http.chunksOf(reply) }
    },
    wait: ms =>
      new Promise((resolve, reject) => {
        const cancel = http.clock.after(ms, () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        })
        const stop = () => {
          cancel()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
      }),
  }
}

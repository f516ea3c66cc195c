import type { FramePorts } from './frame-lines.ts'
import type { GatewayHttp } from './gateway-http.ts'

/** How a source's data frame is asked for over HTTP: an answer of any length, whose pieces may not keep waiting. */
export function framePorts(
  http: Pick<GatewayHttp, 'call' | 'chunksOf' | 'clock'>,
  sourcePath: string,
  signal: AbortSignal | undefined,
): FramePorts {
  return {
    async ask(query) {
      const options = { searchParams: { ...query }, ...(signal === undefined ? {} : { signal }) }
      const reply = await http.call(`${sourcePath}/dataframe`, options)
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

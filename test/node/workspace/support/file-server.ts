import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

export interface FileServer {
  readonly url: string
  /** The ranges that were asked for, `none` where none was. */
  readonly asked: string[]
}

type Handle = (request: IncomingMessage, response: ServerResponse) => boolean

/** Serves files on this machine as object stores do, by ranges; `handle` may answer a request itself. */
export async function fileServer(
  files: { readonly [path: string]: Uint8Array },
  handle: Handle = () => false,
): Promise<FileServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.range ?? 'none')
    if (handle(request, response)) return
    const bytes = files[decodeURIComponent(request.url ?? '')]
    if (bytes === undefined) {
      response.writeHead(404).end('no such key')
      return
    }
    const count = Number(/^bytes=-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN)
    const start = Math.max(0, bytes.byteLength - count)
    const end = bytes.byteLength - 1
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${bytes.byteLength}` })
    response.end(bytes.subarray(start))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, asked }
}

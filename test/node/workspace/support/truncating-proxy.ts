import { once } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'

export interface TruncatingProxy {
  readonly url: string
  /** Bodies that lost their end. */
  truncated(): number
}

/**
 * A proxy of HTTP that gives only so many bytes of each body, one number an answer, and ends it as if that were all;
 * it is gone with the test.
 */
export async function truncatingProxy(
  target: string,
  bytes: readonly number[],
): Promise<TruncatingProxy> {
  const left = [...bytes]
  let truncated = 0
  const server = createServer(async (request, response) => {
    const { authorization = '' } = request.headers
    const reply = await fetch(`${target}${request.url}`, { headers: { authorization } })
    response.writeHead(reply.status, {
      'content-type': reply.headers.get('content-type') ?? '',
      'tidegate-cut': reply.headers.get('tidegate-cut') ?? '',
    })
    const body = new Uint8Array(await reply.arrayBuffer())
    const most = left.shift() ?? body.length
    if (most < body.length) truncated++
    response.end(body.subarray(0, most))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, truncated: () => truncated }
}

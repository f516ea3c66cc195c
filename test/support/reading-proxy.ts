import { once } from 'node:events'
import { createServer } from 'node:http'

/** An answer to a data frame is cut after so many bytes, unless it resumes one. */
const cutAfter = 3_000
/** A page may drop what it has not read yet of a body that breaks, so a busy one is given time to read. */
const patienceMs = 6_000

/**
 * What somebody would put before a gateway so that pages read it: it answers other origins and holds the admin key,
 * which no page may know. It cuts the connection in the middle of every data frame that is begun.
 */
export async function readingProxy(
  gatewayUrl: string,
  adminKey: string,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization, content-type, accept')
    response.setHeader('access-control-expose-headers', 'tidegate-cut')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    const path = request.url ?? ''
    const reply = await fetch(`${gatewayUrl}${path}`, {
      headers: { authorization: `Bearer ${adminKey}` },
    })
    for (const name of ['content-type', 'tidegate-cut']) {
      const value = reply.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    response.writeHead(reply.status)
    const body = new Uint8Array(await reply.arrayBuffer())
    const isCut = path.includes('/dataframe?') && !path.includes('cut=') && body.length > cutAfter
    if (!isCut) return response.end(body)
    response.write(body.subarray(0, cutAfter), () =>
      setTimeout(() => request.socket.destroy(), patienceMs),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

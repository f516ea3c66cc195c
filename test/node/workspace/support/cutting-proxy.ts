import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly url: string
  /** Connections that were cut so far. */
  cuts(): number
  close(): Promise<void>
}

/**
 * A proxy of TCP before a gateway that resets each connection once it has carried so many bytes of answers;
 * `nextCut` is asked for each connection, and says nothing for one that is left alone.
 */
export async function cuttingProxy(
  target: string,
  nextCut: () => number | undefined,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let cuts = 0
  const server = createServer(down => {
    const up = connect(Number(port), hostname)
    let left = nextCut() ?? Number.POSITIVE_INFINITY
    for (const socket of [down, up]) {
      open.add(socket)
      socket.on('close', () => {
        open.delete(socket)
        down.destroy()
        up.destroy()
      })
      // Whoever is cut off hears of it by the close.
      socket.on('error', () => {})
    }
    down.pipe(up)
    up.on('data', (bytes: Buffer) => {
      if (bytes.length < left) {
        left -= bytes.length
        if (!down.write(bytes)) {
          up.pause()
          down.once('drain', () => up.resume())
        }
        return
      }
      cuts++
      up.pause()
      // What comes before the cut arrives: a reset would take it back.
      down.write(bytes.subarray(0, left), () => down.end(() => down.destroy()))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const ownPort = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${ownPort}`,
    cuts: () => cuts,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

import { Agent, request } from 'node:http'

export interface Load {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Posts bodies over keep-alive connections, one at a time on each, for some seconds. */
export async function load(
  url: string,
  headers: { readonly [name: string]: string },
  connections: number,
  seconds: number,
  bodyOf: (connection: number) => string,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const latencies: number[] = []
  const beganMs = performance.now()
  const untilMs = beganMs + seconds * 1_000
  const drive = async (connection: number) => {
    while (performance.now() < untilMs) {
      const body = bodyOf(connection)
      const sentMs = performance.now()
      await post(agent, url, headers, body)
      latencies.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => drive(connection)))
  const elapsed = (performance.now() - beganMs) / 1_000
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
  const requests = latencies.length
  return { requests, requestsPerSecond: requests / elapsed, p50Ms: at(0.5), p99Ms: at(0.99) }
}

function post(
  agent: Agent,
  url: string,
  headers: { readonly [name: string]: string },
  body: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body)
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': length } },
      reply => {
        let text = ''
        reply.setEncoding('utf8')
        reply.on('data', chunk => {
          text += chunk
        })
        reply.on('end', () => {
          if (reply.statusCode === 200) resolve()
          else reject(new Error(`${url} answered ${reply.statusCode}: ${text.slice(-300)}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

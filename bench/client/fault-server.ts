import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { isClientName } from './clients.ts'
import { createFates, type Fate } from './fates.ts'
import { createFaultGateway } from './fault-gateway.ts'
import { acknowledgementOf, readEvents } from './read-events.ts'
import { createTally } from './tally.ts'

/**
 * A process: one client's server on loopback, which treats requests as a seed says. Arguments: client, mode,
 * seed. It says its port to its parent, and its tally whenever it is asked.
 */
const [name, mode, seed] = process.argv.slice(2)
if (!isClientName(name)) throw new Error(`No client is called ${name}.`)
const client = name
const healthy = mode === 'healthy'
const takesBeforeReset = mode === 'after'
const healthyLatencyMs = 50

const draw = createFates(Number(seed))
const tally = createTally(client === 'tidegate')
const gateway = createFaultGateway(tally.store)

const server = createServer({ keepAliveTimeout: 5_000 }, (request, response) => {
  tally.opened()
  response.on('close', tally.closed)
  answer(request, response).catch(error => {
    // A client that gave up while it sent: there is nobody to answer.
    if (!request.destroyed) throw error
  })
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const cameMs = performance.now()
  const sent = await buffer(request)
  const text = textOf(sent, request.headers['content-encoding'])
  const events = request.method === 'POST' ? readEvents(client, text) : []
  if (events.length === 0) return reply(response, 200, '{}')
  tally.request(sent.length, cameMs)
  const fate: Fate = healthy ? 'ok' : draw()
  if (healthy) await sleep(healthyLatencyMs)
  if (fate === 'unavailable') return reply(response, 503, refusal(503))
  if (fate === 'throttled') {
    tally.throttled(performance.now())
    return reply(response, 429, refusal(429), { 'retry-after': '1' })
  }
  if (fate === 'reset' && !takesBeforeReset) return cutOff(request)
  tally.took(events)
  const taken =
    client === 'tidegate'
      ? gateway.ingest(text)
      : { status: 200, body: acknowledgementOf(client, events.length) }
  if (fate === 'reset') return cutOff(request)
  reply(response, taken.status, taken.body)
}

/** Amplitude and PostHog gzip without a word about it in some versions: the first bytes say it. */
function textOf(sent: Buffer, encoding: string | undefined): string {
  const zipped = encoding === 'gzip' || (sent[0] === 0x1f && sent[1] === 0x8b)
  return (zipped ? gunzipSync(sent) : sent).toString()
}

/** Both ways of saying it: the gateway's, and the `code` and `error` that Amplitude reads. */
function refusal(code: number): string {
  const errorMessage = code === 503 ? 'Unavailable for now.' : 'Too many requests.'
  const requestError = { errorType: 'RequestValidationError', errorMessage, code: 'overloaded' }
  return JSON.stringify({ code, error: errorMessage, requestError })
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

function cutOff(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

process.on('message', () => process.send?.(tally.read()))
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
})

import { gunzipSync } from 'node:zlib'
import { type Client, type ClientOptions, createClient, type Fetch } from '../../client/index.ts'
import type { Driver, StubbedDriver } from './driver.ts'
import { eventFields, timedEventFields } from './event-fields.ts'

const events = { name: 'events', schema: eventFields }
const timedEvents = { name: 'events', schema: timedEventFields }

export function connect({ url }: { readonly url: string }): Driver {
  const client = open({ url })
  return { push: event => client.push(events, event), close: () => closeOf(client) }
}

export function connectStubbed(): StubbedDriver {
  const bodies: string[] = []
  const fetch: Fetch = async (_, { body }) => {
    const sent = textOf(body)
    bodies.push(sent)
    const text = acknowledgement(countOf(sent))
    return { status: 200, headers: { get: () => null }, text: async () => text }
  }
  const client = open({ url: 'http://127.0.0.1:1', fetch })
  return {
    push: ({ n, plan, value, at = '' }) => client.push(timedEvents, { n, plan, value, at }),
    close: () => closeOf(client),
    sent: () => bodies,
  }
}

function open(options: Pick<ClientOptions, 'url' | 'fetch'>): Client {
  return createClient({ key: 'key', workspace: 'bench', ...options })
}

/** `close` alone gives up after ten seconds: whoever has a minute flushes before. */
async function closeOf(client: Client): Promise<void> {
  await client.flush()
  await client.close()
}

/** What a gateway says that accepted all. */
function acknowledgement(count: number): string {
  const receipts = [{ source: events.name, index: 0, count, status: 'accepted' }]
  return JSON.stringify({ protocol: 1, workspaceName: 'bench', ingestMetrics: {}, receipts })
}

/** Bodies are text unless a client was told to compress, and none is here. */
function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : gunzipSync(body).toString()
}

function countOf(body: string): number {
  let count = 0
  for (let at = body.indexOf('"plan"'); at >= 0; at = body.indexOf('"plan"', at + 40)) count += 1
  return count
}

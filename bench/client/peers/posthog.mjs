import { gunzipSync } from 'node:zlib'
import { PostHog } from 'posthog-node'

export function connect({ url }) {
  return driverOf({ host: url })
}

export function connectStubbed() {
  const bodies = []
  const fetch = async (_, { body }) => {
    bodies.push(body)
    return { status: 200, headers: new Headers(), text: async () => '', json: async () => ({}) }
  }
  return {
    ...driverOf({ host: 'http://127.0.0.1:1', fetch }),
    sent: () => Promise.all(bodies.map(textOf)),
  }
}

async function textOf(body) {
  if (typeof body === 'string') return body
  const bytes = Buffer.from(await new Response(body).arrayBuffer())
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()
}

function driverOf(options) {
  const client = new PostHog('phc_key', options)
  return {
    push: properties => client.capture({ distinctId: 'user', event: 'event', properties }),
    close: () => client.shutdown(),
  }
}

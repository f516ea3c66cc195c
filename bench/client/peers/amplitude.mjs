import { createInstance } from '@amplitude/analytics-node'

export function connect({ url }) {
  return driverOf({ serverUrl: `${url}/2/httpapi` })
}

export async function connectStubbed() {
  const bodies = []
  const transportProvider = {
    send: async (_, payload) => {
      // Its own transport does so before it writes to the socket.
      bodies.push(JSON.stringify(payload))
      return { status: 'success', statusCode: 200 }
    },
  }
  return { ...(await driverOf({ transportProvider })), sent: () => bodies }
}

async function driverOf(options) {
  const client = createInstance()
  await client.init('key', options).promise
  return {
    push: properties => client.track('event', properties, { user_id: 'user' }),
    close: () => client.flush().promise,
  }
}

import { Analytics } from '@segment/analytics-node'

export function connect({ url }) {
  return driverOf({ host: url })
}

export function connectStubbed() {
  const bodies = []
  const httpClient = async (_, { body }) => {
    bodies.push(body)
    return { status: 200, statusText: 'OK', ok: true, headers: {}, json: async () => ({}) }
  }
  return { ...driverOf({ httpClient }), sent: () => bodies }
}

function driverOf(settings) {
  const analytics = new Analytics({ writeKey: 'key', ...settings })
  return {
    push: properties => analytics.track({ userId: 'user', event: 'event', properties }),
    close: () => analytics.closeAndFlush(),
  }
}

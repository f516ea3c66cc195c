import { randomBytes } from 'node:crypto'

/** Gives the next request body of each connection: its own producer, sequences that count on. */
export function bodies(
  workspace: string,
  source: string,
  connections: number,
  batch: number,
): (connection: number) => string {
  const senders = Array.from({ length: connections }, () => ({
    producer: randomBytes(16).toString('hex'),
    sequence: 0,
  }))
  const texts = Array.from({ length: 5_000 }, (_, at) => JSON.stringify(recordOf(at)))
  return connection => {
    const sender = senders[connection]
    if (sender === undefined) throw new Error(`There is no connection ${connection}.`)
    const { producer, sequence } = sender
    const elements: string[] = []
    for (let at = 0; at < batch; at++) {
      const text = texts[(sequence + at + connection * 311) % texts.length]
      elements.push(`{"record":${text},"sequence":${sequence + at}}`)
    }
    sender.sequence += batch
    return `{"protocol":1,"workspace_name":"${workspace}","producer":"${producer}","floors":{"${source}":${sequence}},"records":{"${source}":[${elements.join(',')}]}}`
  }
}

function recordOf(at: number) {
  return {
    user_id: `user_${at % 5_000}`,
    event_ts: new Date(1.7e12 + at * 1_000).toISOString(),
    amount: (at % 997) / 7,
    country: 'PL',
    merchant_id: `m_${at % 300}`,
    items: at % 9,
    is_new: at % 2 === 0,
    device: 'ios-17.4',
  }
}

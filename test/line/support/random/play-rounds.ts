import { expect } from 'vitest'
import type { Client } from '../../../../client/index.ts'
import type { LineGateway } from '../gateway.ts'
import type { Line } from '../line.ts'
import { sourceIn } from './definitions.ts'
import { sendBody, type WireBody } from './send.ts'
import type { Round, Send, Story } from './story.ts'

/** What was accepted of each source, each record in its served form; in no order. */
export type Accepted = ReadonlyMap<string, readonly (readonly unknown[])[]>

export interface Players {
  /** Plays the rounds of a phase; expects of every record the receipt that it must get. */
  play(phase: 0 | 1): Promise<void>
  readonly accepted: Accepted
  close(): Promise<void>
}

/** Senders of a story with what they remember: sequences, clients, bodies to be sent again. */
export function openPlayers(gateway: LineGateway, line: Line, story: Story): Players {
  const accepted = new Map<string, (readonly unknown[])[]>()
  const sequences = new Map<string, number>()
  // As they were when the round began: what is under way may not be called settled.
  let settled: ReadonlyMap<string, number> = new Map()
  const clients = new Map<string, Client>()
  const later: (() => Promise<void>)[] = []
  let keys = 0

  const accept = ({ loads }: Send) => {
    for (const { source, records } of loads) {
      const rows = records.flatMap(({ served }) => (served === undefined ? [] : [served]))
      accepted.set(source.name, [...(accepted.get(source.name) ?? []), ...rows])
    }
  }
  const clientOf = (sender: number): Client => {
    // Producers of clients are others than those of the wire.
    const producer = story.producers[story.producers.length - 1 - sender] ?? ''
    const known = clients.get(producer)
    if (known !== undefined) return known
    const client = line.client({ randomBytes: () => Buffer.from(producer, 'hex') })
    clients.set(producer, client)
    return client
  }
  const take = (sender: number, source: string, count: number) => {
    const counter = `${sender} ${source}`
    const first = sequences.get(counter) ?? 0
    sequences.set(counter, first + count)
    return { first, floor: settled.get(counter) ?? 0 }
  }
  const bodyOf = ({ by, sender, settles, loads }: Send): WireBody => {
    const floors: { [source: string]: number } = {}
    const lists = loads.map(({ source: { name }, records }) => {
      const taken = by === 'producer' ? take(sender, name, records.length) : undefined
      if (taken !== undefined && settles) floors[name] = taken.floor
      const elements = records.map(({ wire }, at) =>
        taken === undefined
          ? `{"record": ${wire}}`
          : `{ "sequence":${taken.first + at},"record":${wire} }`,
      )
      return `${JSON.stringify(name)}: [${elements.join(', ')}]`
    })
    const producer = by === 'producer' ? `"producer": "${story.producers[sender]}", ` : ''
    const text = `{"workspace_name": "${line.workspace}", ${producer}"floors": ${JSON.stringify(floors)}, "records": {${lists.join(', ')}}}`
    return by === 'key' ? { key: `key ${keys++}`, text } : { text }
  }

  const pushAll = async ({ sender, loads }: Send, phase: 0 | 1) => {
    const client = clientOf(sender)
    const receipts = loads.flatMap(({ source, records }) => {
      const definition = sourceIn(source, phase)
      return records.map(({ client: value }) => client.push(definition, asRecord(value)).accepted)
    })
    await client.flush()
    const wanted = loads.flatMap(({ records }) => records.map(firstStatus))
    expect((await Promise.all(receipts)).map(({ status }) => status)).toEqual(wanted)
  }
  const sendAll = async (send: Send) => {
    const { by, again, againLater, loads } = send
    const body = bodyOf(send)
    const first = await sendBody(gateway.url, line, body)
    if (by === 'nobody') {
      expect(first.status, first.text).toBe(isGood(send) ? 200 : 400)
      return
    }
    const statuses = new Map(
      loads.map(({ source, records }) => [source.name, records.map(firstStatus)]),
    )
    expect(first.receipts, first.text).toEqual(statuses)
    const repeat = async () => {
      const { receipts, text } = await sendBody(gateway.url, line, body)
      for (const { source, records } of loads) {
        const seen = receipts?.get(source.name) ?? []
        expect(seen, text).toHaveLength(records.length)
        for (const [at, { served }] of records.entries()) {
          // A producer may have called a rejected one settled meanwhile.
          expect(served === undefined ? ['rejected', 'duplicate'] : ['duplicate'], text).toContain(
            seen[at],
          )
        }
      }
    }
    if (again) await repeat()
    if (againLater) later.push(repeat)
  }
  const playRound = async ({ sends, meanwhile, afterwards }: Round, phase: 0 | 1) => {
    settled = new Map(sequences)
    await Promise.all([
      ...sends.map(send => (send.by === 'client' ? pushAll(send, phase) : sendAll(send))),
      ...(meanwhile === 'roll' ? sends.map(({ loads }) => rollFirst(line, loads)) : []),
    ])
    for (const send of sends) if (send.by !== 'nobody' || isGood(send)) accept(send)
    if (afterwards === 'evict') await gateway.evictAll()
  }

  return {
    async play(phase) {
      const repeats = later.splice(0)
      await Promise.all(repeats.map(repeat => repeat()))
      for (const round of story.phases[phase]) await playRound(round, phase)
    },
    accepted,
    close: async () => {
      await Promise.all([...clients.values()].map(client => client.close()))
    },
  }
}

const firstStatus = ({ served }: { readonly served: unknown }) =>
  served === undefined ? 'rejected' : 'accepted'

const isGood = ({ loads }: Send) =>
  loads.every(({ records }) => records.every(({ served }) => served !== undefined))

async function rollFirst(line: Line, loads: Send['loads']) {
  const [first] = loads
  if (first === undefined) return
  const rolled = await line.roll(first.source.name)
  expect(rolled.map(({ status }) => status)).not.toContain('stopped')
}

/** A caller without types may push anything, and what is wrong has to be refused. */
function asRecord(value: unknown): { readonly [column: string]: unknown } {
  return value as { readonly [column: string]: unknown }
}

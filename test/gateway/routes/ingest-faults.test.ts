import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AppendMessage, AppendReply } from '../../../gateway/contracts/append.ts'
import { createDefinitionsCache } from '../../../gateway/ingest/definitions-cache.ts'
import type { IngestPorts } from '../../../gateway/ingest/ingest.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformEdgeCopy, platformRandom } from '../../../gateway/platform/ports.ts'
import type { Clock } from '../../../gateway/ports.ts'
import { answerIngest } from '../../../gateway/routes/ingest-route.ts'
import { Problem } from '../../../gateway/routes/problem.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const names = ['lost', 'unreadable', 'overloaded', 'stale', 'half', 'other', 'full']
await workspace.apply(names.map(name => plainSource(name)))

type Append = (message: AppendMessage) => Promise<AppendReply>

/** Answers a plain request through partitions whose append a test may change. */
async function push(
  body: { readonly [source: string]: readonly unknown[] },
  change: (append: Append, source: string) => Append,
  more: { readonly [name: string]: unknown } = {},
): Promise<{ status: number; text: string }> {
  const peers = platformPeers(env)
  const changed = new Map<string, Append>()
  // Pauses between tries are jumped over; the body is there at once, so its time limit never comes.
  let jumped = 0
  const clock: Clock = {
    now: () => platformClock.now() + jumped,
    async sleep(ms) {
      if (ms > 1_000) return new Promise(() => {})
      jumped += ms
    },
  }
  const ports: IngestPorts = {
    clock,
    random: platformRandom,
    definitions: createDefinitionsCache({
      clock,
      peers,
      edge: platformEdgeCopy(env.DEFINITIONS),
      report: () => {},
    }),
    peers: {
      ...peers,
      partition: (workspaceId, sourceId, partition) => {
        const stub = peers.partition(workspaceId, sourceId, partition)
        const name = names.find(name => workspace.idOf('stream_source', name) === sourceId) ?? ''
        const append = changed.get(name) ?? change(message => stub.append(message), name)
        changed.set(name, append)
        return {
          append,
          subscribe: message => stub.subscribe(message),
          takeOver: message => stub.takeOver(message),
          catchUp: message => stub.catchUp(message),
          readTail: message => stub.readTail(message),
          snapshot: message => stub.snapshot(message),
          roll: message => stub.roll(message),
          resume: message => stub.resume(message),
          wake: message => stub.wake(message),
        }
      },
    },
  }
  const records = Object.fromEntries(
    Object.entries(body).map(([source, list]) => [source, list.map(record => ({ record }))]),
  )
  const request = new Request('https://gateway.example/ingest', {
    method: 'POST',
    body: JSON.stringify({ workspace_name: 'test', records, ...more }),
  })
  const { workspaceId } = workspace
  try {
    const reply = await answerIngest(ports, request, { kind: 'ingest', workspaceId, keyId: 'key' })
    return { status: reply.status, text: await reply.text() }
  } catch (cause) {
    if (cause instanceof Problem)
      return { status: cause.code === 'unavailable' ? 503 : 400, text: cause.message }
    throw cause
  }
}

describe('a request whose partition fails', () => {
  it('is stored once when an answer is lost, and counts what it stored', async () => {
    let calls = 0
    const { status, text } = await push({ lost: [{ n: 1 }, { n: 2 }] }, append => async message => {
      const reply = await append(message)
      if (++calls === 1) throw new Error('the answer was lost')
      return reply
    })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      ingestMetrics: { dataSourceIngestMetrics: [{ offlineRecordIngestCount: '2' }] },
    })
    expect(await workspace.rows('lost')).toHaveLength(2)
  })

  it('is told what is stored though not readable yet', async () => {
    const { status, text } = await push({ unreadable: [{ n: 1 }] }, append => async message => {
      const reply = await append(message)
      if (reply.outcome !== 'judged') return reply
      return { ...reply, verdicts: [{ status: 'retry', code: 'not_readable_yet', count: 1 }] }
    })
    expect(status).toBe(503)
    expect(text).toContain('stored were: unreadable')
  })

  it('is told what is stored when another source of it fails', async () => {
    const { status, text } = await push(
      { half: [{ n: 1 }], other: [{ n: 1 }] },
      (append, source) => (source === 'other' ? () => Promise.reject(new Error('away')) : append),
    )
    expect(status).toBe(503)
    expect(text).toContain('stored were: half')
    expect(text).not.toContain('away')
  })

  it('is not tried again by an overloaded object', async () => {
    let calls = 0
    const { status, text } = await push({ overloaded: [{ n: 1 }] }, () => () => {
      calls++
      return Promise.reject(Object.assign(new Error('busy'), { overloaded: true }))
    })
    expect([status, calls]).toEqual([503, 1])
    expect(text).toContain('nothing is known to be stored')
  })

  it('is judged again when the partition knows a newer definition', async () => {
    let calls = 0
    const { status } = await push(
      { stale: [{ n: 1 }] },
      append => message =>
        ++calls === 1
          ? Promise.resolve({ format: 1, outcome: 'stale', version: 2 })
          : append(message),
    )
    expect([status, calls]).toEqual([200, 2])
  })

  it('gets receipts that say retry, when it takes receipts', async () => {
    const { status, text } = await push(
      { full: [{ n: 1 }, { n: 'x' }] },
      () => () =>
        Promise.resolve({
          format: 1,
          outcome: 'unavailable',
          reason: 'the tail is full',
          retryMs: 5_000,
        }),
      { allow_partial: true },
    )
    expect(status).toBe(207)
    const reason = 'The record was not stored: the tail is full. Send it again.'
    expect(JSON.parse(text).receipts).toMatchObject([
      { index: 0, status: 'retry', code: 'not_stored', reason },
      { index: 1, status: 'retry', code: 'not_stored', reason },
    ])
  })
})

import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readDataFrame } from '../../../gateway/offline/data-frame.ts'
import { frameNdjson } from '../../../gateway/offline/frame-ndjson.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import type { Peers } from '../../../gateway/ports.ts'
import { failingOnce } from '../support/failing-once.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(4)
const names = ['quiet', 'list', 'slow', 'gone', 'damaged', 'spread', 'restarting']
const sources = names.map(name => plainSource(name, name === 'spread' ? 4 : 1))
await workspace.apply(sources)
const { append, lines, objects } = numbersIn(workspace)
const message = { format: 1 }

/** Rolls and forgets: what was in the tail is only in parts. */
async function moveTail(source: string): Promise<void> {
  const stub = workspace.partition(source)
  await stub.roll(message)
  await stub.wake(message)
  await expect
    .poll(async () => (await stub.readTail({ ...message, after: -1, upTo: 0 })).outcome)
    .toBe('forgotten')
}

/** Reads a frame straight from the objects, with peers that a test may change. */
async function frameOf(source: string, change: (peers: Peers) => Peers): Promise<string[]> {
  const fields = sources.find(({ name }) => name === source)?.schema ?? []
  const ports = {
    clock: platformClock,
    peers: change(platformPeers(env)),
    parts: platformParts(env.LOG),
  }
  const query = {
    workspaceId: workspace.workspaceId,
    sourceId: workspace.idOf('stream_source', source),
    fields,
    columns: ['n'],
  }
  let text = ''
  for await (const chunk of frameNdjson(fields, readDataFrame(ports, query))) text += chunk
  return text.split('\n').slice(0, -1)
}

describe('a data frame', () => {
  it('has every row once, from parts and tail, in order', async () => {
    await append('quiet', 10)
    await moveTail('quiet')
    await append('quiet', 10, 10)
    await workspace.partition('quiet').roll(message)
    await append('quiet', 10, 20)
    expect(await lines('quiet')).toEqual(firstLines(30))
  })

  it('finds in the newer catalogue what left the tail after the list was read', async () => {
    await append('list', 10)
    let lists = 0
    const rows = await frameOf('list', peers => ({
      ...peers,
      catalogue: (...ids) => {
        const catalogue = peers.catalogue(...ids)
        return {
          declare: message => catalogue.declare(message),
          commit: message => catalogue.commit(message),
          part: message => catalogue.part(message),
          journal: message => catalogue.journal(message),
          note: message => catalogue.note(message),
          sweep: message => catalogue.sweep(message),
          resume: message => catalogue.resume(message),
          list: async message => {
            const list = await catalogue.list(message)
            // The second list is the one whose parts are read; the tail moves right after it.
            if (++lists === 2) await moveTail('list')
            return list
          },
        }
      },
    }))
    expect(rows).toEqual(firstLines(10))
  })

  it('is read although each object that it asks first fails', async () => {
    await append('restarting', 10)
    const failing = failingOnce()
    const rows = await frameOf('restarting', peers => ({
      ...peers,
      catalogue: (...ids) => failing.of(peers.catalogue(...ids), 'list', 'catalogue'),
      partition: (...ids) => failing.of(peers.partition(...ids), 'snapshot', 'partition'),
    }))
    expect(rows).toEqual(firstLines(10))
    expect(failing.failures()).toBe(2)
  })

  it('shows neither gap nor double while rolls and appends go on', async () => {
    await append('slow', 50)
    const reads: Promise<string[]>[] = []
    for (let round = 1; round <= 10; round++) {
      reads.push(lines('slow'))
      await append('slow', 50, round * 50)
      reads.push(lines('slow'))
      await workspace.partition('slow').roll(message)
    }
    for (const rows of await Promise.all(reads)) {
      expect(rows.length % 50).toBe(0)
      expect(rows).toEqual(firstLines(rows.length))
    }
    expect(await lines('slow')).toEqual(firstLines(550))
  })

  it('covers all partitions of a source, each in offset order', async () => {
    for (let at = 0; at < 20; at++) await workspace.pushRecords('spread', [{ n: at }])
    const rows = await workspace.rows('spread', '?columns=n,_partition,_offset')
    expect(rows).toHaveLength(20)
    const placed = rows.map(row => Object.values(row ?? {}).map(Number))
    expect(placed.map(([n]) => n).sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    )
    const places = placed.map(([, partition = 0, offset = 0]) => partition * 1_000 + offset)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(new Set(placed.map(([, partition]) => partition)).size).toBeGreaterThan(1)
  })

  it('breaks off when a part is gone, and never ends as if it were complete', async () => {
    await append('gone', 3)
    await moveTail('gone')
    for (const { key } of await objects('gone')) await env.LOG.delete(key)
    await expect(frameOf('gone', peers => peers)).rejects.toThrow(/not in the object store/)
    await expect(lines('gone')).rejects.toThrow()
  })

  it('breaks off when a part is not what the catalogue says', async () => {
    await append('damaged', 3)
    await moveTail('damaged')
    for (const { key } of await objects('damaged')) await env.LOG.put(key, 'PAR1')
    await expect(frameOf('damaged', peers => peers)).rejects.toThrow(/digest/)
  })
})

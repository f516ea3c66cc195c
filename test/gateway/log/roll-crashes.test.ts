import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { maxClosedSegments } from '../../../gateway/log/log-statements.ts'
import type { PartStore, Peers, Ports } from '../../../gateway/ports.ts'
import { limits } from '../../../shared/limits.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { withPartition } from '../support/open-objects.ts'
import { plainSource } from '../support/test-definitions.ts'
import { appendOf, producerOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(3)
const names = ['intent', 'put', 'lost', 'commit', 'foreign', 'ring']
await workspace.apply(names.map(name => plainSource(name)))
const message = { format: 1 }
const { append, lines, objects } = numbersIn(workspace)

afterEach(() => {
  vi.useRealTimers()
})

type Crash = (ports: Ports) => Ports
const parts = (ports: Ports, change: (parts: PartStore) => Partial<PartStore>): Ports => ({
  ...ports,
  parts: { ...ports.parts, ...change(ports.parts) },
})
const failing = () => Promise.reject(new Error('crash'))
const crashes: { readonly [source: string]: Crash } = {
  intent: ports => parts(ports, () => ({ putNew: failing })),
  put: ports =>
    parts(ports, ({ putNew }) => ({ putNew: (...put) => putNew(...put).then(failing) })),
  // The put is stored, its reply is lost, and the retry inside the store sees its own object.
  lost: ports =>
    parts(ports, ({ putNew }) => ({
      putNew: async (...put) => {
        await putNew(...put)
        return putNew(...put)
      },
    })),
  commit: ports => ({ ...ports, peers: withCommit(ports.peers, failing) }),
}

/** Peers whose catalogue commits and then loses the answer. */
function withCommit(peers: Peers, after: () => Promise<never>): Peers {
  return {
    ...peers,
    catalogue: (...ids) => {
      const catalogue = peers.catalogue(...ids)
      return {
        declare: catalogue.declare,
        list: catalogue.list,
        part: catalogue.part,
        journal: catalogue.journal,
        note: message => catalogue.note(message),
        sweep: catalogue.sweep,
        resume: catalogue.resume,
        commit: commit => catalogue.commit(commit).then(after),
      }
    },
  }
}

describe('a roll that is cut short', () => {
  for (const [source, crash] of Object.entries(crashes)) {
    it(`after ${source} is finished by the next one: one object, the same rows`, async () => {
      await append(source, 30)
      await withPartition(
        workspace,
        source,
        ({ roll }) => roll(message).then(undefined, () => undefined),
        crash,
      )
      const stub = workspace.partition(source)
      await evictDurableObject(stub)
      await append(source, 5, 30)
      expect(await lines(source)).toEqual(firstLines(35))
      await stub.roll(message)
      expect(await lines(source)).toEqual(firstLines(35))
      await evictDurableObject(stub)
      const list = await workspace.catalogue(source).list(message)
      expect(list.parts.map(({ start, end }) => [start, end])).toEqual([
        [0, 30],
        [30, 35],
      ])
      expect((await objects(source)).map(({ key }) => key).sort()).toEqual(
        list.parts.map(({ key }) => key).sort(),
      )
      expect(await lines(source)).toEqual(firstLines(35))
    })
  }

  it('stops loudly when a foreign object has its key', async () => {
    await append('foreign', 3)
    await withPartition(
      workspace,
      'foreign',
      ({ roll }) => roll(message).then(undefined, () => undefined),
      crashes.intent,
    )
    await withPartition(
      workspace,
      'foreign',
      ({ roll }) => roll(message),
      ports =>
        parts(ports, ({ putNew }) => ({
          putNew: async (key, ...put) => {
            await env.LOG.put(key, 'something else', {
              sha256: await crypto.subtle.digest(
                'SHA-256',
                new TextEncoder().encode('something else'),
              ),
            })
            return putNew(key, ...put)
          },
        })),
    )
    const stub = workspace.partition('foreign')
    await evictDurableObject(stub)
    expect(await stub.roll(message)).toMatchObject({ status: 'stopped' })
    const summary = await workspace.send(`${workspace.sourcePath('foreign')}/summary`)
    expect(summary.json).toMatchObject({
      parts: 0,
      rows: 3,
      stopped: [expect.stringContaining('other records')],
    })
    // Nothing is lost by it: the tail still serves, and goes on.
    await append('foreign', 1, 3)
    expect(await lines('foreign')).toEqual(firstLines(4))
    // Whatever stood in the way is gone: an operator lets the rolls go on.
    for (const { key } of (await env.LOG.list()).objects) await env.LOG.delete(key)
    const resumed = await workspace.send(`${workspace.sourcePath('foreign')}/resume`, {
      method: 'POST',
    })
    expect(resumed.json).toEqual({
      rolls: [{ partition: 0, stopped: expect.stringContaining('other records') }],
    })
    await evictDurableObject(stub)
    expect(await workspace.partition('foreign').roll(message)).toMatchObject({ status: 'rolled' })
    expect(await lines('foreign')).toEqual(firstLines(4))
  })

  it('empties a ring full of closed segments once the store is back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await withPartition(
      workspace,
      'ring',
      async ({ append, roll }) => {
        // Each append closes the old segment before it; rolls alone would not use up the ring.
        for (let at = 0; at <= maxClosedSegments + 2; at++) {
          await append(appendOf(at, 1, { producer: producerOf(3) }))
          vi.setSystemTime(Date.now() + limits.rollAgeMs)
          await roll(message).catch(() => undefined)
        }
      },
      crashes.intent,
    )
    const stub = workspace.partition('ring')
    await evictDurableObject(stub)
    const { last } = await stub.snapshot(message)
    // All that was closed is in parts; the open segment waits until they are forgotten.
    const { status, parts } = await stub.roll(message)
    expect([status, parts.length]).toEqual(['waiting', maxClosedSegments])
    await runDurableObjectAlarm(stub)
    expect(await stub.roll(message)).toMatchObject({ status: 'rolled' })
    const reply = await stub.append(appendOf(last + 1, 1, { producer: producerOf(3) }))
    expect(reply.outcome).toBe('judged')
    expect(await lines('ring')).toEqual(firstLines(last + 2))
  })
})

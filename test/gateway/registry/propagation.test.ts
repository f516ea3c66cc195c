import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Ports } from '../../../gateway/ports.ts'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { StreamSource } from '../../../shared/index.ts'
import { canonicalOf, plainSource } from '../support/test-definitions.ts'
import { type TestWorkspace, testWorkspace } from '../support/test-workspace.ts'

const described = (name: string, description: string) => {
  const { schema, streamConfig } = plainSource(name)
  return StreamSource({ name, description, schema, streamConfig })
}
const versionOf = (workspace: TestWorkspace, source: string) =>
  runInDurableObject(workspace.partition(source), (_, { storage: { sql } }) =>
    Number(sql.exec('SELECT version FROM definition').one().version),
  )

/** Partitions of some sources that answer nobody. */
function withoutPartitionsOf(broken: ReadonlySet<string>, peers: Ports['peers']): Ports['peers'] {
  return {
    ...peers,
    partition: (workspaceId, sourceId, partition) => {
      const stub = peers.partition(workspaceId, sourceId, partition)
      if (!broken.has(sourceId)) return stub
      return new Proxy(stub, { get: () => () => Promise.reject(new Error('It was reset.')) })
    },
  }
}

it('tells everybody else of an apply, and the edge, while many partitions fail; them later', async () => {
  const workspace = testWorkspace(0)
  const { workspaceId } = workspace
  const names = Array.from({ length: 20 }, (_, at) => `s${at}`)
  await workspace.apply(names.map(name => plainSource(name)))
  for (const name of names) await workspace.pushRecords(name, [{ n: 1 }])
  const broken = new Set(names.slice(0, 17).map(name => workspace.idOf('stream_source', name)))

  const put: string[] = []
  await runInDurableObject(workspace.registry(), async (_, state) => {
    const ports = platformPorts(state, env)
    const peers = withoutPartitionsOf(broken, ports.peers)
    const definitions = {
      ...ports.definitions,
      put: async (_: string, text: string) => void put.push(text),
    }
    const registry = createRegistry({ ...ports, peers, definitions }, { workspaceId })
    const apply = async (description: string) => {
      const reply = await registry.apply({
        format: 1,
        workspace: 'test',
        keyId: 'key',
        expectedHash: (await registry.applied({ format: 1 }))?.hash ?? null,
        canonical: canonicalOf(
          'test',
          names.map(name => described(name, description)),
        ),
      })
      expect(reply.outcome).toBe('applied')
    }
    await apply('Two.')
    expect(await versionOf(workspace, 's19')).toBe(2)
    expect(put).toEqual([expect.stringContaining('"version":2')])
    // What failed waits before it is tried again; what comes now does not.
    await apply('Three.')
    expect(await versionOf(workspace, 's19')).toBe(3)
  })
  await evictDurableObject(workspace.registry())
  await workspace.registry().sweep({ format: 1 })
  await expect.poll(() => versionOf(workspace, 's0')).toBe(3)
}, 30_000)

it('tells whoever could not be told at the next sweep, also where its clock was hours ahead', async () => {
  const workspace = testWorkspace(1)
  const { workspaceId } = workspace
  await workspace.apply([plainSource('s')])
  await workspace.pushRecords('s', [{ n: 1 }])
  const broken = new Set([workspace.idOf('stream_source', 's')])
  await runInDurableObject(workspace.registry(), async (_, state) => {
    const ports = platformPorts(state, env)
    let aheadMs = 36_000_000
    const clock = { ...ports.clock, now: () => Date.now() + aheadMs }
    const peers = withoutPartitionsOf(broken, ports.peers)
    const registry = createRegistry({ ...ports, clock, peers }, { workspaceId })
    const reply = await registry.apply({
      format: 1,
      workspace: 'test',
      keyId: 'key',
      expectedHash: (await registry.applied({ format: 1 }))?.hash ?? null,
      canonical: canonicalOf('test', [described('s', 'Two.')]),
    })
    expect(reply.outcome).toBe('applied')
    aheadMs = 0
    broken.clear()
    await registry.alarm()
    expect(await versionOf(workspace, 's')).toBe(1)
    await registry.sweep({ format: 1 })
    await registry.alarm()
    expect(await versionOf(workspace, 's')).toBe(2)
  })
}, 30_000)

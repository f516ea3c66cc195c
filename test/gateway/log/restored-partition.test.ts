import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Ports } from '../../../gateway/ports.ts'
import { withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
await workspace.apply([plainSource('numbers'), clicks, ...Object.values(latestClick(clicks))])

/** A peer as a partition that was restored from a backup finds it: it knows of offset 99. */
function ahead<Peer extends object>(peer: Peer, method: keyof Peer): Peer {
  const reply = async () => ({ format: 1, mark: 99, durable: 99 })
  return new Proxy(peer, {
    get: (target, name) => (name === method ? reply : Reflect.get(target, name)),
  })
}

const peersAhead = (which: 'catalogue' | 'shard') => (ports: Ports) => ({
  ...ports,
  peers: {
    ...ports.peers,
    ...(which === 'catalogue'
      ? { catalogue: (...id: [string, string]) => ahead(ports.peers.catalogue(...id), 'note') }
      : { shard: (...id: [string, string, number]) => ahead(ports.peers.shard(...id), 'deliver') }),
  },
})

it.each(['catalogue', 'shard'] as const)(
  'stores nothing while its %s knows more than it ever gave out',
  async which => {
    const append = appendOf(0, 1, { text: JSON.stringify(click('u', 0)) })
    await withPartition(
      workspace,
      'clicks',
      async partition => {
        expect(await partition.append(append)).toMatchObject({
          outcome: 'unavailable',
          reason: expect.stringContaining('more than this partition ever gave out'),
        })
        expect((await partition.snapshot({ format: 1 })).last).toBe(-1)
      },
      peersAhead(which),
    )
    await evictDurableObject(workspace.partition('clicks'))
  },
)

import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Ports } from '../../../gateway/ports.ts'
import { withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { producerOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
await workspace.apply([clicks, view, service])

/** Ports to shards that do not answer. */
const withoutShards = (ports: Ports): Ports => ({
  ...ports,
  peers: {
    ...ports.peers,
    shard: (...where) => ({
      ...ports.peers.shard(...where),
      deliver: () => Promise.reject(new Error('The shard is away.')),
    }),
  },
})
const takeOver = { format: 1, partitions: 2, producers: [producerOf(0)] } as const

it('gives no producer away whose records may not be readable yet', async () => {
  await workspace.pushRecords('clicks', [click('reader', 1)])
  await evictDurableObject(workspace.partition('clicks'))
  await withPartition(
    workspace,
    'clicks',
    partition => expect(partition.takeOver(takeOver)).rejects.toThrow('not readable yet'),
    withoutShards,
  )
  await evictDurableObject(workspace.partition('clicks'))
  expect(await workspace.partition('clicks').takeOver(takeOver)).toMatchObject({ states: [null] })
}, 60_000)

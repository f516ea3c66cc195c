import { evictDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { Attribute, StreamFeatureView } from '../../../shared/index.ts'
import { Int64 } from '../../../shared/types.ts'
import { withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick, user } from '../support/test-definitions.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

it('asks for the definition where its shard knows a newer one, though nobody tells it', async () => {
  const workspace = testWorkspace(0)
  const clicks = clicksSource()
  const first = await workspace.apply([clicks, ...Object.values(latestClick(clicks))])
  const hash = `${Reflect.get(Object(first.json), 'hash')}`
  await workspace.pushRecords('clicks', [click('u', 0)])
  const text = JSON.stringify(click('u', 1))
  const features = [Attribute('n', Int64)]
  const other = StreamFeatureView({ name: 'other', source: clicks, entities: [user], features })
  await withPartition(workspace, 'clicks', async partition => {
    // Another view in the place of the first: this incarnation is not told.
    expect((await workspace.apply([clicks, other], hash)).status).toBe(200)
    expect(await partition.append(appendOf(0, 1, { text }))).toMatchObject({
      outcome: 'unavailable',
      reason: expect.stringContaining('not known to this shard yet'),
    })
    // Whoever sent it hears that it knows as little.
    expect(await partition.append(appendOf(0, 1, { text }))).toMatchObject({ outcome: 'stale' })
    expect(await partition.append(appendOf(0, 1, { text, version: 2 }))).toMatchObject({
      outcome: 'judged',
    })
  })
  await evictDurableObject(workspace.partition('clicks'))
})

import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import {
  Attribute,
  Entity,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, String, Timestamp } from '../../../shared/types.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const hashOf = ({ json }: { readonly json: unknown }) => `${Reflect.get(Object(json), 'hash')}`

describe('apply', () => {
  it('takes a new view on a source that holds records, and refuses one whose history is gone', async () => {
    const workspace = testWorkspace(5)
    const kept = StreamSource({
      name: 'kept',
      streamConfig: PushConfig({ logOffline: false }),
      schema: [Field('user', String), Field('at', Timestamp)],
    })
    const viewOf = (name: string) =>
      StreamFeatureView({
        name,
        source: kept,
        entities: [Entity({ name: 'who', joinKeys: [Field('user', String)] })],
        features: [Attribute('at', Timestamp)],
      })
    const empty = await workspace.apply([kept])
    const records = Array.from({ length: 3 }, (_, at) => ({ user: `u${at}`, at: '2026-01-01' }))
    await workspace.pushRecords('kept', records)
    const late = await workspace.apply([kept, viewOf('first')], hashOf(empty))
    expect(late.status).toBe(200)
    // Forgotten, since no part is ever made of it and nobody read it.
    const partition = workspace.partition('kept')
    await runInDurableObject(partition, (_, { storage }) => {
      storage.sql.exec('UPDATE segments SET start_offset = 3')
      storage.sql.exec('DELETE FROM segment_0')
    })
    await evictDurableObject(partition)
    const later = await workspace.apply([kept, viewOf('first'), viewOf('second')], hashOf(late))
    expect(later.status).toBe(409)
    expect(later.json).toMatchObject({ detail: expect.stringContaining('has forgotten records') })
    const other = testWorkspace(6)
    const first = await other.apply([clicks])
    expect((await other.apply([clicks, view, service], hashOf(first))).status).toBe(200)
    await other.pushRecords('clicks', [click('a', 1)])
    const { json } = await other.features('clicks_features', { user: 'a' })
    expect(json).toEqual({ result: { features: ['1', null] } })
  })
})

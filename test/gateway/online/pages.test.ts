import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { entityKeyOf, slotOf } from '../../../gateway/online/entity-key.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { limits } from '../../../shared/limits.ts'
import { Field, String, Timestamp } from '../../../shared/types.ts'
import { testWorkspace } from '../support/test-workspace.ts'

afterEach(() => {
  vi.useRealTimers()
})

const notes = StreamSource({
  name: 'notes',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('id', String), Field('at', Timestamp), Field('text', String)],
})
const note = Entity({ name: 'note', joinKeys: [Field('id', String)] })
const latestNote = StreamFeatureView({
  name: 'latest_note',
  source: notes,
  entities: [note],
  features: [Attribute('text', String)],
})
const service = FeatureService({ name: 'notes_service', features: [latestNote] })

async function openNotes(at: number) {
  const workspace = testWorkspace(at)
  await workspace.apply([notes, note, latestNote, service])
  const definitions = await workspace.definitions()
  const [{ id } = { id: '' }] = definitions?.entitySets ?? []
  const stub = env.FEATURE_SHARD.getByName(objectNames.shard(workspace.workspaceId, id, 0))
  const viewId = workspace.idOf('stream_feature_view', 'latest_note')
  const texts = async (ids: readonly string[]) => {
    const keys = ids.map(id => JSON.stringify([id]))
    const { readings } = await stub.read({ format: 1, viewIds: [viewId], keys })
    return readings.map(([reading]) =>
      reading?.status === 'present' ? reading.state.values[0] : reading?.status,
    )
  }
  const checkpoint = async () => {
    vi.setSystemTime(Date.now() + 6_000)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
  }
  const push = (ids: readonly string[], text: (id: string) => string) =>
    workspace.pushRecords(
      'notes',
      ids.map(id => ({ id, at: '2026-01-01T00:00:00Z', text: text(id) })),
    )
  return { workspace, entitySetId: id, stub, texts, checkpoint, push }
}

const ids = (count: number) => Array.from({ length: count }, (_, at) => `id ${at}`)

describe('the pages of a shard', () => {
  it('spread above 64 entities a page, and come back after a restart', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { workspace, entitySetId, stub, texts, checkpoint, push } = await openNotes(15)
    const all = ids(20_000)
    for (let at = 0; at < all.length; at += 1_000) await push(all.slice(at, at + 1_000), id => id)
    await checkpoint()
    // Forgotten by the partition, so that the pages are the only place they can come from.
    await workspace.partition('notes').roll({ format: 1 })
    await runDurableObjectAlarm(workspace.partition('notes'))
    expect(
      (
        await workspace
          .partition('notes')
          .catchUp({ format: 1, entitySetId, after: -1, version: 1 })
      ).outcome,
    ).toBe('forgotten')
    await evictDurableObject(stub)
    expect(await texts(all)).toEqual(all)
    const [most] = await runInDurableObject(stub, (_, state) => [
      state.storage.sql.exec('SELECT max(page) AS last FROM pages').one().last,
    ])
    expect(Number(most)).toBeGreaterThan(0)

    await push(ids(3), id => `new ${id}`)
    await checkpoint()
    await evictDurableObject(stub)
    expect(await texts(ids(4))).toEqual(['new id 0', 'new id 1', 'new id 2', 'id 3'])
  })

  it('spread also when few entities are too large for one row', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { stub, texts, checkpoint, push } = await openNotes(16)
    // Entities of one slot: as a single page they would take 3.6 MB.
    const all = ids(20_000)
      .filter(id => slotOf(entityKeyOf(['id'], { id })) === 0)
      .slice(0, 60)
    for (let at = 0; at < all.length; at += 15) {
      await push(all.slice(at, at + 15), id => `${id} ${'x'.repeat(60_000)}`)
    }
    await checkpoint()
    const row = await runInDurableObject(stub, (_, state) =>
      state.storage.sql
        .exec(
          'SELECT max(octet_length(entities)) AS most, (SELECT dirty FROM shard) AS dirty FROM pages',
        )
        .one(),
    )
    expect(row.dirty).toBe(0)
    expect(Number(row.most)).toBeLessThanOrEqual(limits.maxRowBytes)
    await evictDurableObject(stub)
    const found = await texts(all)
    expect(found.map(text => `${text}`.split(' x')[0])).toEqual(all)
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { FeatureService } from '../../../shared/index.ts'
import { tinyPages, withShard } from '../support/open-shard.ts'
import { earlyView, lateView, serve, users, viewOf } from '../support/shard-clicks.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('a view that is declared no more', () => {
  it('leaves nothing behind, and what replaces it is folded from the beginning', async () => {
    const { workspace, definitions, hash, all } = await earlyView(15)
    const [clicks] = definitions
    const [id = ''] = await withShard(workspace, ['early'], async shard => {
      shard.restart(tinyPages)
      expect(await shard.read(users)).toEqual(all())
      await shard.ring(6_000)
      expect(JSON.stringify(shard.storage.sql('SELECT entities FROM pages'))).toContain(
        shard.viewIds[0],
      )
      return shard.viewIds
    })
    const next = viewOf('next', clicks)
    const service = FeatureService({ name: 'service', features: [next] })
    expect((await workspace.apply([clicks, next, service], hash)).status).toBe(200)
    await withShard(workspace, ['next'], async shard => {
      shard.restart(tinyPages)
      await shard.read(['u0'])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all())
      await shard.ring(6_000)
      expect(JSON.stringify(shard.storage.sql('SELECT entities FROM pages'))).not.toContain(id)
    })
  })

  it('keeps no other from being served, wherever its own history was broken off', async () => {
    const { workspace, clicks, all } = await lateView(14)
    await withShard(workspace, ['late'], async shard => {
      shard.restart(tinyPages)
      await shard.read(['u0'])
      shard.betweenSlices(async () => {
        throw new Error('The object dies here.')
      })
      await shard.ring(6_000)
      expect(shard.storage.sql('SELECT status FROM view_states')).toEqual([
        { status: 'backfilling' },
      ])
    })
    const definitions = await workspace.definitions()
    const next = viewOf('next', clicks)
    const service = FeatureService({ name: 'service', features: [next] })
    await workspace.apply([clicks, next, service], definitions?.hash)
    await withShard(workspace, ['next'], async shard => {
      shard.restart(tinyPages)
      await shard.read(['u0'])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all())
      expect(shard.storage.sql('SELECT view, status FROM view_states')).toEqual([
        { view: shard.viewIds[0], status: 'served' },
      ])
      expect((await shard.state()).withheld).toEqual({})
    })
  })
})

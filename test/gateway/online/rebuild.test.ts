import { afterEach, describe, expect, it, vi } from 'vitest'
import { entityKeyOf, slotOf } from '../../../gateway/online/entity-key.ts'
import { tinyPages, withShard } from '../support/open-shard.ts'
import { earlyView, forgotten, serve, staysDegraded, users } from '../support/shard-clicks.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('a view that lacks records', () => {
  it('is built anew out of parts', async () => {
    const { workspace, push, all } = await forgotten(22)
    await push(0, 20)
    await withShard(workspace, ['early'], async shard => {
      expect(await shard.read(['u0'])).toEqual([['unknown']])
      expect(shard.reports).toEqual([expect.stringContaining('history is missing')])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all())
      await push(0, 20)
      shard.restart()
      expect(await shard.read(users)).toEqual(all())
      expect(shard.duties()).toEqual(['checkpoint'])
    })
  })

  it('is built anew once the shard has caught up with what single pages have folded', async () => {
    const { workspace, all, sourceId } = await earlyView(23)
    await withShard(workspace, ['early'], async shard => {
      // Pages that were written alone know offsets which a shard that crashed does not.
      shard.restart(tinyPages)
      expect(await shard.read(users)).toEqual(all())
      const [viewId = ''] = shard.viewIds
      shard.storage.sql(
        "INSERT INTO view_states (view, format, status, generation, wanted, again_ms) VALUES (?, 1, 'degraded', 0, '{}', 0) ON CONFLICT (view) DO UPDATE SET status = 'degraded', again_ms = 0",
        viewId,
      )
      shard.restart(tinyPages)
      // Its partition speaks before it has caught up.
      await shard.deliver(sourceId, [299, 299], [])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all())
    })
  })

  it('stays without them where nothing is logged offline, with a reason', async () => {
    const { workspace } = await forgotten(24, false)
    await withShard(workspace, ['early'], shard => staysDegraded(shard, /kept in no part/))
  })
})

describe('a new shard', () => {
  const own = users.filter(name => slotOf(entityKeyOf(['user'], { user: name })) % 2 === 1)
  const given = async (at: number) => {
    const early = await earlyView(at)
    const expected = users.flatMap((name, at) => (own.includes(name) ? [early.all()[at]] : []))
    const [first] = await withShard(early.workspace, ['early'], async shard => {
      await shard.read(['u0'])
      return shard.give()
    })
    if (first === undefined) throw new Error('Nothing was given.')
    const { next = { slot: -1, page: -1 }, ...reply } = first
    expect(reply.pages.length).toBeGreaterThan(5)
    return { ...early, reply, next, expected }
  }

  it('keeps nothing of what it took from a shard that was restored meanwhile', async () => {
    const { workspace, reply, next, expected } = await given(28)
    const anew = { ...reply, marks: {} }
    const replies = [
      { ...reply, next },
      { ...anew, pages: [] },
      { ...anew, pages: [] },
    ]
    await withShard(
      workspace,
      ['early'],
      async shard => {
        await expect(shard.read(own, 2)).rejects.toThrow('was restored meanwhile')
        expect(await shard.read(own, 2)).toEqual(expected)
      },
      { shard: 1, replies },
    )
  })

  it('begins anew where what it had taken is lost', async () => {
    const { workspace, reply, expected } = await given(29)
    await withShard(
      workspace,
      ['early'],
      async shard => {
        expect(await shard.read(own, 2)).toEqual(expected)
        expect(shard.reports).toEqual([expect.stringContaining('are lost')])
      },
      { shard: 1, replies: [{ ...reply, pages: [], released: true }] },
    )
  })
})

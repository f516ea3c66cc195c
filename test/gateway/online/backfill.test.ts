import { afterEach, describe, expect, it, vi } from 'vitest'
import { entityKeyOf, slotOf } from '../../../gateway/online/entity-key.ts'
import { damagePartition } from '../support/damage.ts'
import { tinyPages, withShard } from '../support/open-shard.ts'
import {
  earlyView,
  lateView,
  serve,
  staysDegraded,
  users,
  viewOf,
} from '../support/shard-clicks.ts'

const message = { format: 1 }

afterEach(() => {
  vi.useRealTimers()
})

describe('a view that comes late', () => {
  it('is folded once out of parts and tails of all partitions, and says how far it is', async () => {
    const { workspace, push, all } = await lateView(17)
    await withShard(workspace, ['late'], async shard => {
      expect(await shard.read(['u0'])).toEqual([['unknown']])
      const seen: unknown[] = []
      shard.betweenSlices(async () => {
        const [progress] = Object.values((await shard.state()).progress ?? {})
        seen.push(progress)
      })
      await serve(shard)
      expect(seen).toEqual([
        { folded: 2_000, wanted: 3_100 },
        { folded: 2_600, wanted: 3_100 },
        { folded: 2_700, wanted: 3_100 },
        { folded: 3_000, wanted: 3_100 },
        { folded: 3_100, wanted: 3_100 },
      ])
      expect(await shard.read(users)).toEqual(all())
      await push(1, 50)
      shard.restart()
      expect(await shard.read(users)).toEqual(all())
      expect((await shard.state()).progress).toEqual({})
    })
  })

  it('goes on after a crash in the middle, whatever was written alone by then', async () => {
    const { workspace, all } = await lateView(18)
    await withShard(workspace, ['late'], async shard => {
      shard.restart(tinyPages)
      await shard.read(['u0'])
      for (let crashes = 0; crashes < 3; crashes++) {
        let slices = 0
        shard.betweenSlices(async () => {
          if (slices++ >= crashes) throw new Error('The object dies here.')
        })
        await shard.ring(6_000)
        expect(shard.reports.at(-1)).toContain('duty failed')
        expect(await shard.read(['u0'])).toEqual([['unknown']])
        // Half of the lives end before anything but single pages was stored, half after a checkpoint.
        if (crashes % 2 === 1) await shard.ring(6_000)
        shard.restart(tinyPages)
        await shard.read(['u0'])
      }
      shard.betweenSlices(async () => {})
      await serve(shard)
      expect(await shard.read(users)).toEqual(all())
    })
  })

  it('takes deliveries meanwhile', async () => {
    const { workspace, push, all } = await lateView(19)
    await withShard(workspace, ['late'], async shard => {
      await shard.read(['u0'])
      const log = workspace.partition('clicks')
      const { id: entitySetId = '' } = (await workspace.definitions())?.entitySets[0] ?? {}
      const sourceId = workspace.idOf('stream_source', 'clicks')
      const marks: number[] = []
      shard.betweenSlices(async () => {
        await push(0, 10)
        const after = (await shard.state()).marks[`${sourceId}/0`] ?? -1
        const reply = await log.catchUp({ ...message, entitySetId, after, version: 2 })
        if (reply.outcome !== 'pieces') throw new Error(`The log answered ${reply.outcome}.`)
        const { mark } = await shard.deliver(sourceId, [after, reply.upTo], reply.pieces, 2_699)
        marks.push(mark)
      })
      await serve(shard)
      expect(marks).toEqual([2_709, 2_719, 2_729, 2_739, 2_749])
      expect(await shard.read(users)).toEqual(all())
    })
  })

  it('leaves what another view is delivered to its own history', async () => {
    const { workspace, push, all, definitions, hash } = await earlyView(27)
    await workspace.apply([...definitions, viewOf('late', definitions[0])], hash)
    await push(0, 20)
    await withShard(workspace, ['early', 'late'], async shard => {
      expect(await shard.read(['u0'])).toEqual([[all()[0]?.[0], 'unknown']])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all().map(([one]) => [one, one]))
    })
  })

  it('leaves what was sent before its partition knew of it to its history', async () => {
    const { workspace, all, definitions, hash, sourceId } = await earlyView(25)
    await workspace.apply([...definitions, viewOf('late', definitions[0])], hash)
    await withShard(workspace, ['early', 'late'], async shard => {
      const { id: entitySetId = '' } = (await workspace.definitions())?.entitySets[0] ?? {}
      const asked = { ...message, entitySetId, after: -1, version: 2 }
      const reply = await workspace.partition('clicks').catchUp(asked)
      if (reply.outcome !== 'pieces') throw new Error(`The log answered ${reply.outcome}.`)
      await shard.deliver(sourceId, [-1, reply.upTo], reply.pieces, -1, shard.viewIds.slice(0, 1))
      await shard.read(['u0'])
      await serve(shard)
      expect(await shard.read(users)).toEqual(all().map(([one]) => [one, one]))
    })
  })

  it('is folded on where its slots go to a new shard in the middle', async () => {
    const { workspace, all } = await lateView(26, [300, 300])
    const replies = await withShard(workspace, ['late'], async shard => {
      await shard.read(['u0'])
      let slices = 0
      shard.betweenSlices(async () => {
        if (++slices === 3) throw new Error('The object dies here.')
      })
      await shard.ring(6_000)
      return shard.give()
    })
    expect(Object.values(replies[0]?.backfills ?? {})).toEqual([399, 299])
    const own = users.map(name => slotOf(entityKeyOf(['user'], { user: name })) % 2 === 1)
    const ofOwn = <T>(list: readonly T[]) => list.filter((_, at) => own[at])
    expect(ofOwn(users).length).toBeGreaterThan(5)
    await withShard(
      workspace,
      ['late'],
      async shard => {
        await shard.read(['u0'], 2)
        await serve(shard)
        expect(await shard.read(ofOwn(users), 2)).toEqual(ofOwn(all()))
      },
      { shard: 1, replies },
    )
  })

  it('is withheld with a reason where a row of the tail is damaged, and asks no alarm for ever', async () => {
    const { workspace } = await lateView(20, [200, 200])
    await damagePartition(
      workspace,
      'clicks',
      `UPDATE segment_1 SET body = replace(body, '"n":', '"m":')`,
    )
    await withShard(workspace, ['late'], async shard => {
      await staysDegraded(shard, /damaged/)
    })
  })
})

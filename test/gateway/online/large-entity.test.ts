import { describe, expect, it } from 'vitest'
import { foldPieces } from '../../../gateway/online/fold-pieces.ts'
import { forgetPieces } from '../../../gateway/online/forget-pieces.ts'
import { readStates } from '../../../gateway/online/read-states.ts'
import { type ViewRule, viewRule } from '../../../gateway/online/view-rule.ts'
import { defaultPageSizes } from '../../../gateway/page-sizes.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import { forgetAll, type OpenStorage, openPages, withStorage } from '../support/open-pages.ts'

/** One of the widest tiles of an hour's windows begins here; it consists of 16 of 14,064 ms. */
const startMs = 225_024 * 7_850_000
const ingestUs = startMs * 1_000 + 1_800_000_000

function aggregated(name: string, window: AggregationWindow, secondaryKey?: string) {
  return {
    name,
    timestampField: 'at',
    joinKeys: ['user'],
    features: [],
    aggregation: {
      keys: [],
      aggregates: [
        { name, column: 'n', columnKind: 'int64', function: { name: 'sum' }, window } as const,
      ],
      ...(secondaryKey === undefined
        ? {}
        : { secondaryKey: { name: secondaryKey, kind: 'string' } }),
    },
  }
}
const hour: AggregationWindow = { kind: 'time', sizeMs: 3_600_000, offsetMs: 0 }
const all = [
  aggregated('by_shop', hour, 'shop'),
  aggregated('ever_by_shop', { kind: 'lifetime' }, 'shop'),
  aggregated('all', hour),
].map(view => ({ id: view.name, rule: viewRule(view, []) }))

/** One life of a shard that folds one partition. */
function openShard(
  storage: OpenStorage,
  sizes = defaultPageSizes,
  views: readonly { readonly id: string; readonly rule: ViewRule }[] = all,
) {
  const { marks, pages, checkpoint } = openPages(storage, sizes)
  const leftOut: string[] = []
  let lastLeftOut = -1
  return {
    leftOut,
    lastLeftOut: () => lastLeftOut,
    deliver(rows: readonly string[]) {
      const after = marks.of('s/0')
      const text = rows.slice(after + 1).join('\n')
      if (text === '') return
      const folded = views.map(({ id, rule }) => ({
        ...{ id, rule, joinKeys: ['user'], stateKey: id },
        ...{ stream: 's/0', after, upTo: Infinity },
      }))
      const position = { offset: after + 1, streams: folded }
      const piece = { ingestUs, version: 1, start: after + 1, text }
      const left = foldPieces(pages, folded, 0, [piece], position, {
        view: (id, _, cause) => {
          // As far as it came, as a shard notes it.
          marks.live.set('s/0', position.offset - 1)
          throw new Error(`${id} is not left out.`, { cause })
        },
        entity(id, offset) {
          leftOut.push(id)
          lastLeftOut = offset
        },
      })
      marks.live.set('s/0', rows.length - 1)
      for (const { view, ...tile } of left) {
        if (view.rule.plan !== undefined) forgetPieces(pages, view.rule.plan, tile)
      }
    },
    checkpoint,
    /** For each view what it says of a user: its first feature, or why there is none. */
    read(user: string) {
      const read = views.map(({ id, rule }) => ({ rule, stateKey: id }))
      const keys = [JSON.stringify([user])]
      const { readings } = readStates(pages.get, read, { keys }, startMs + 1_800_000)
      return readings[0]?.map(one => (one.status === 'present' ? one.state.values[0] : one.status))
    },
  }
}

const shops = 1_800
/** Of one user in shops of long names, and of another in one shop, by turns. */
const rows = Array.from({ length: 2 * shops }, (_, at) =>
  JSON.stringify({
    user: at % 2 === 0 ? 'a' : 'b',
    at: new Date(startMs + at).toISOString().replace('Z', '000Z'),
    shop: at % 2 === 0 ? `${at}`.padEnd(1_000, 'x') : 'one',
    n: 1,
  }),
)

const rowAt = (user: string, ms: number, shop: string) =>
  JSON.stringify({
    user,
    at: `${new Date(startMs + ms).toISOString().slice(0, -1)}000Z`,
    shop,
    n: 1,
  })
const shopOf = (at: number) => `${at % 150}`.padEnd(1_000, 'x')
// Each shop in many tiles of one that is wider.
const busyRows = Array.from({ length: 150 * 16 }, (_, at) =>
  rowAt('a', 14_064 * Math.floor(at / 150), shopOf(at)),
)

function check(shard: ReturnType<typeof openShard>) {
  expect(shard.read('a')).toEqual(['unknown', 'unknown', shops])
  expect(shard.read('b')).toEqual([[shops], [shops], shops])
}

describe('an entity that no row holds', () => {
  it('is left out, and neither the others nor a view without its keys', () =>
    withStorage(storage => {
      const shard = openShard(storage)
      shard.deliver(rows.slice(0, 1_000))
      shard.checkpoint()
      expect(shard.leftOut).toEqual([])
      shard.deliver(rows)
      expect(shard.leftOut).toEqual(['by_shop', 'ever_by_shop'])
      check(shard)
      shard.checkpoint()
      // What was kept of it is forgotten.
      const [kept] = storage.sql('SELECT sum(length(entities)) AS bytes FROM pages')
      expect(Number(kept?.bytes)).toBeLessThan(500_000)
      check(openShard(storage))
    }))

  it('stays left out, whatever was written alone before a restart', () =>
    withStorage(storage => {
      for (let upTo = 1_000; upTo <= rows.length; upTo += 100) {
        const shard = openShard(storage)
        shard.deliver(rows.slice(0, upTo))
        if (upTo % 700 === 0) shard.checkpoint()
      }
      const shard = openShard(storage)
      shard.deliver(rows)
      check(shard)
    }))

  it('stays left out where a page of it was written alone before a restart, and no later record is too large', () =>
    withStorage(storage => {
      const sizes = { ...defaultPageSizes, cacheBytes: 4_000_000 }
      const later = Array.from({ length: 1_500 }, (_, at) =>
        at % 4 === 0 ? rowAt('a', 900_000, shopOf(at)) : rowAt(`u${at}`, 900_000, shopOf(at)),
      )
      const rows = [...busyRows, ...later]
      const first = openShard(storage, sizes)
      first.deliver(rows)
      expect(first.leftOut).toEqual(['by_shop'])
      expect(first.read('a')?.[0]).toBe('unknown')
      const next = openShard(storage, sizes)
      next.deliver(rows)
      expect(next.read('a')?.[0]).toBe('unknown')
    }))

  it('stays left out where another view fails at that record and nothing can be written of it', () =>
    withStorage(storage => {
      const byShop = all.slice(0, 1)
      const shard = openShard(storage, defaultPageSizes, byShop)
      shard.deliver(busyRows)
      const failsAt = shard.lastLeftOut()
      expect(failsAt).toBeGreaterThan(0)
      let failures = 1
      const failing: ViewRule = {
        inputs: new Set(),
        changes: (_, itemKey, at) => [
          {
            itemKey,
            change() {
              if (at.offset === failsAt && failures-- > 0) throw new Error('This one fails.')
              return { ...at, eventTime: '', values: [] }
            },
          },
        ],
      }
      forgetAll(storage)
      const next = openShard(storage, defaultPageSizes, [
        ...byShop,
        { id: 'failing', rule: failing },
      ])
      expect(() => next.deliver(busyRows)).toThrow('failing is not left out')
      next.deliver(busyRows)
      expect(next.leftOut).toEqual(['by_shop'])
      expect(next.read('a')?.[0]).toBe('unknown')
    }))
})

import { describe, expect, it } from 'vitest'
import { defaultPageSizes } from '../../../gateway/page-sizes.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { limits } from '../../../shared/limits.ts'
import {
  baseUs,
  counting,
  countingRows,
  longestRow,
  minuteMs,
  ofOneTile,
  openAhead,
  openShard,
  ruleOf,
  simple,
  tileUs,
} from '../support/busy-shard.ts'
import { withStorage } from '../support/open-pages.ts'

describe('a tile that is divided', () => {
  it('leaves its records as they are where tiles would take much more', () =>
    withStorage(storage => {
      const functions: AggregateFunction[] = [...simple]
      for (let n = 2; n <= 6; n++) functions.push({ name: 'last_n', n }, { name: 'first_n', n })
      const view = { id: 'v', rule: ruleOf(functions, 60 * minuteMs, 'key') }
      const shard = openShard(storage, [view])
      const records = ofOneTile(3_000).map((one, n) => ({ ...one, key: `key${n % 110}` }))
      for (let upTo = 100; upTo <= 3_000; upTo += 100) shard.deliver('s/0', records.slice(0, upTo))
      shard.checkpoint()
      expect(longestRow(storage)).toBeLessThan(limits.maxRowBytes)
    }))

  it('waits for a partition at little cost', () =>
    withStorage(storage => {
      const { tries, rule } = counting(ruleOf(simple, 60 * minuteMs))
      const view = { id: 'v', rule }
      const { rows, storage: counted } = countingRows(storage)
      const { shard, records: other } = openAhead(counted, view, view, 's/1')
      const records = ofOneTile(15_000)
      rows.count = 0
      tries.count = 0
      shard.deliver('s/0', records)
      // Neither is each record a try, nor does it write a page that no split makes smaller.
      expect(tries.count).toBeGreaterThan(3)
      expect(tries.count).toBeLessThan(30)
      expect(rows.count).toBeLessThan(100)
      shard.deliver('s/1', other)
      shard.checkpoint()
      for (let upTo = 15_000; upTo <= 40_000; upTo += 500) {
        shard.deliver('s/0', ofOneTile(upTo))
        shard.checkpoint()
      }
      expect(longestRow(storage)).toBeLessThan(3 * defaultPageSizes.bytes)
      const [, count] = shard.read(view, baseUs + tileUs) ?? []
      expect(count).toBe(20_000 + 50 + 200 + 40_000)
    }))

  it('waits for no records of another source', () =>
    withStorage(storage => {
      const view = { id: 'v', rule: ruleOf(simple, 60 * minuteMs) }
      const { shard } = openAhead(storage, view, { ...view, id: 'w' }, 't/0')
      for (let upTo = 1_000; upTo <= 30_000; upTo += 1_000) shard.deliver('s/0', ofOneTile(upTo))
      shard.checkpoint()
      expect(longestRow(storage)).toBeLessThan(2 * defaultPageSizes.bytes)
    }))

  it('is divided early where it shares its second with those of other views', () =>
    withStorage(storage => {
      const rule = ruleOf(simple, 5 * minuteMs)
      const views = ['v', 'w'].map(id => ({ id, rule }))
      const { rows, storage: counted } = countingRows(storage)
      const shard = openShard(counted, views)
      const records = Array.from({ length: 20_000 }, (_, n) => ({
        us: baseUs + ((n * 7_919) % 1_000_000),
        n,
      }))
      for (let upTo = 500; upTo <= 20_000; upTo += 500) shard.deliver('s/0', records.slice(0, upTo))
      expect(rows.count).toBeLessThan(3_000)
      for (const view of views) {
        expect(shard.read(view, baseUs + 500_000)?.[1]).toBe(
          records.filter(({ us }) => us <= baseUs + 500_000).length,
        )
      }
      expect(longestRow(storage)).toBeLessThan(limits.maxRowBytes / 2)
    }))

  it('has more than one record', () =>
    withStorage(storage => {
      const { tries, rule } = counting(ruleOf([{ name: 'count' }, { name: 'last' }], 60 * minuteMs))
      const { rows, storage: counted } = countingRows(storage)
      const shard = openShard(counted, [{ id: 'v', rule }])
      const long = 'x'.repeat(defaultPageSizes.itemBytes)
      shard.deliver('s/0', [{ us: baseUs, n: long }])
      shard.writeAllAlone()
      shard.deliver('s/0', [
        { us: baseUs, n: long },
        { us: baseUs - tileUs, n: 1 },
      ])
      expect(rows.count).toBe(0)
      expect(tries.count).toBeLessThan(3)
    }))

  it('is in pages that who knows nothing of it refuses, as are its parts', () =>
    withStorage(storage => {
      const shard = openShard(storage, [{ id: 'v', rule: ruleOf(simple, 60 * minuteMs) }])
      shard.deliver('s/0', ofOneTile(5_000))
      shard.checkpoint()
      const parts = storage
        .sql('SELECT format, entities FROM pages')
        .filter(({ entities }) => /\](?:8|9|10):/.test(String(entities)))
      expect(parts.length).toBeGreaterThan(3)
      for (const { format } of parts) expect(format).toBe(4)
    }))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogPiece } from '../../../gateway/contracts/message.ts'
import { foldPieces } from '../../../gateway/online/fold-pieces.ts'
import { readAggregates } from '../../../gateway/online/read-aggregates.ts'
import { viewRule } from '../../../gateway/online/view-rule.ts'
import { defaultPageSizes, type PageSizes } from '../../../gateway/page-sizes.ts'
import { timestampOfMicros } from '../../../shared/timestamp.ts'
import { forgetAll, type OpenStorage, openPages, withStorage } from '../support/open-pages.ts'

const hourUs = 3_600_000_000
/** An hour's windows have tiles of so many microseconds. */
const tileUs = 879_000
/** Tiles of three days begin here: where what a tile is divided into lies is another place in each. */
const firstTile = 2_000_000_000
const tilesAround = Math.floor((3 * 24 * hourUs) / tileUs)

const aggregates = (['sum', 'count', 'last'] as const).map(name => ({
  name,
  column: 'n',
  columnKind: 'int64',
  function: { name },
  window: { kind: 'time', sizeMs: hourUs / 1_000, offsetMs: 0 } as const,
}))
const rule = viewRule(
  {
    name: 'of_users',
    timestampField: 'at',
    joinKeys: ['user'],
    features: [],
    aggregation: { keys: [], aggregates },
  },
  [],
)

interface Pushed {
  readonly user: string
  readonly us: number
  readonly n: number
}

/** One life of a shard with one view. */
function openShard(storage: OpenStorage, sizes: PageSizes, ingestUs: number) {
  const { marks, pages, checkpoint } = openPages(storage, sizes)
  return {
    marks,
    pages,
    /** Folds what a partition delivers: all that has come to it from the mark on. */
    deliver(partition: number, records: readonly Pushed[]) {
      const stream = `s/${partition}`
      const after = marks.of(stream)
      const rows = records
        .slice(after + 1)
        .map(({ user, us, n }) => JSON.stringify({ user, at: timestampOfMicros(BigInt(us)), n }))
      if (rows.length === 0) return
      const piece: LogPiece = { ingestUs, version: 1, start: after + 1, text: rows.join('\n') }
      const views = [
        { id: 'v', joinKeys: ['user'], rule, stateKey: 'v', stream, after, upTo: Infinity },
      ]
      const position = { offset: after + 1, streams: views }
      const fail = (_: string, offset: number, cause: unknown) => {
        throw new Error(`Offset ${offset} was not folded.`, { cause })
      }
      foldPieces(pages, views, partition, [piece], position, { view: fail, entity: fail })
      marks.live.set(stream, records.length - 1)
    },
    checkpoint,
    read(user: string, atUs: number) {
      if (rule.plan === undefined) throw new Error('The view has no plan.')
      const find = (itemKey: string) => pages.get(itemKey, 'v')
      return readAggregates(rule.plan, JSON.stringify([user]), atUs, find).values
    },
  }
}

/** Sum, count and newest of a user's records in the hour up to a moment, as the rule says it. */
function expected(records: readonly Pushed[], user: string, atUs: number) {
  const within = records
    .filter(one => one.user === user && one.us > atUs - hourUs && one.us <= atUs)
    .map((one, at) => ({ ...one, at }))
    .sort((a, b) => a.us - b.us || a.at - b.at)
  const sum = within.reduce((sum, { n }) => sum + n, 0)
  return [within.length === 0 ? null : sum, within.length, within.at(-1)?.n ?? null]
}

const moment = fc.oneof(
  fc.nat(900_000),
  fc.nat(30).map(n => n * 30_000),
  fc.constantFrom(0, 1, 87_899, 87_900, 439_500),
)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      partition: fc.nat(1),
      records: fc.array(
        fc.record({ user: fc.constantFrom('a', 'a', 'b', 'c'), us: moment, n: fc.nat(99) }),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.constant('checkpoint' as const) },
  { weight: 4, arbitrary: fc.constant('crash' as const) },
  { weight: 1, arbitrary: fc.record({ readUs: moment }) },
)

describe('the records of a tile that one item has no room for', () => {
  it(
    'are divided, and each is folded once, whatever is written alone and lost in between',
    () =>
      withStorage(storage =>
        fc.assert(
          fc.property(
            fc.array(step, { minLength: 20, maxLength: 60 }),
            fc.constantFrom(
              { cacheBytes: 700, entities: 3, bytes: 600, itemBytes: 600 },
              { cacheBytes: 3_000, entities: 2, bytes: 250, itemBytes: 250 },
              { cacheBytes: 9_000, entities: 1, bytes: 60, itemBytes: 60 },
            ),
            fc.nat(tilesAround),
            (steps, sizes, tile) => {
              const baseUs = (firstTile + tile) * tileUs
              const open = () => openShard(storage, sizes, baseUs + hourUs)
              forgetAll(storage)
              let shard = open()
              const logs: Pushed[][] = [[], []]
              const catchUp = () => {
                for (const [partition, log] of logs.entries()) shard.deliver(partition, log)
              }
              const check = (atUs: number) => {
                catchUp()
                for (const user of ['a', 'b', 'c']) {
                  // The newest is by partition where times are equal, so of two logs it is the later one's.
                  expect(shard.read(user, atUs)).toEqual(expected(logs.flat(), user, atUs))
                }
              }
              for (const one of steps) {
                if (one === 'checkpoint') shard.checkpoint()
                else if (one === 'crash') shard = open()
                else if ('readUs' in one) check(baseUs + hourUs + one.readUs)
                else {
                  const log = logs[one.partition] ?? []
                  log.push(...one.records.map(record => ({ ...record, us: baseUs + record.us })))
                  shard.deliver(one.partition, log)
                }
              }
              const edges = [0, 87_899, 87_900, 300_000, 878_999, 879_000]
              for (const us of edges) check(baseUs + hourUs + us)
              shard.checkpoint()
              shard = open()
              for (const us of edges) check(baseUs + hourUs + us)
            },
          ),
          { numRuns: 300 },
        ),
      ),
    60_000,
  )

  it('are as many as a busy entity has, in rows that hold them, and read by the few at an edge', () =>
    withStorage(storage => {
      const baseUs = firstTile * tileUs
      const shard = openShard(storage, defaultPageSizes, baseUs + hourUs)
      const many = 60_000
      // All in one tile, each at a time of its own: 4 MB where no item has room for 2.
      const records = Array.from({ length: many }, (_, n) => ({
        user: 'a',
        us: baseUs + ((n * 7_919 * 14) % 878_900),
        n,
      }))
      for (let upTo = 1_000; upTo <= many; upTo += 1_000) shard.deliver(0, records.slice(0, upTo))
      shard.checkpoint()
      for (const us of [100, 5_000, 440_001, 878_000]) {
        const atUs = baseUs + hourUs + us
        expect(shard.read('a', atUs)).toEqual(expected(records, 'a', atUs))
      }
      const [longest] = storage.sql('SELECT max(length(entities)) AS bytes FROM pages')
      expect(Number(longest?.bytes)).toBeLessThan(2 * defaultPageSizes.bytes)
    }))
})

import { foldPieces } from '../../../gateway/online/fold-pieces.ts'
import { readAggregates } from '../../../gateway/online/read-aggregates.ts'
import { type ViewRule, viewRule } from '../../../gateway/online/view-rule.ts'
import { defaultPageSizes } from '../../../gateway/page-sizes.ts'
import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import { timestampOfMicros } from '../../../shared/timestamp.ts'
import { type OpenStorage, openPages } from './open-pages.ts'

export const minuteMs = 60_000
const hourUs = 3_600_000_000
/** An hour's windows have tiles of so many microseconds. */
export const tileUs = 879_000
export const baseUs = 2_000_000_000 * tileUs

interface Pushed {
  readonly us: number
  readonly n: number | string
  readonly key?: string
}

interface FoldedRule {
  readonly id: string
  readonly rule: ViewRule
}

export const simple: readonly AggregateFunction[] = [
  { name: 'sum' },
  { name: 'count' },
  { name: 'last' },
]

export function ruleOf(functions: readonly AggregateFunction[], sizeMs: number, secondary?: 'key') {
  const window = { kind: 'time', sizeMs, offsetMs: 0 } as const
  const aggregates = functions.map(fn => ({
    name: JSON.stringify(fn),
    column: 'n',
    columnKind: 'int64',
    function: fn,
    window,
  }))
  const secondaryKey = secondary && { name: secondary, kind: 'string' }
  const keyed = secondaryKey === undefined ? { keys: [] } : { secondaryKey, keys: [window] }
  return viewRule(
    {
      name: 'of_users',
      timestampField: 'at',
      joinKeys: ['user'],
      features: [],
      aggregation: { ...keyed, aggregates },
    },
    [],
  )
}

/** A rule that counts how often a tile's records are tried to be divided, below the first division no more. */
export function counting(rule: ViewRule) {
  const tries = { count: 0 }
  const changes: ViewRule['changes'] = (...record) =>
    rule.changes(...record).map(item => {
      const { divide } = item
      if (divide === undefined) return item
      return {
        ...item,
        divide(...of) {
          tries.count++
          return divide(...of)
        },
      }
    })
  return { tries, rule: { ...rule, changes } }
}

/** Storage that counts the rows of pages that are written. */
export function countingRows(storage: OpenStorage) {
  const rows = { count: 0 }
  const sql: OpenStorage['sql'] = (statement, ...parameters) => {
    if (statement.startsWith('INSERT INTO pages')) rows.count++
    return storage.sql(statement, ...parameters)
  }
  return { rows, storage: { ...storage, sql } }
}

export function openShard(
  storage: OpenStorage,
  views: readonly FoldedRule[],
  sizes = defaultPageSizes,
) {
  const { marks, pages, checkpoint } = openPages(storage, sizes)
  return {
    /** Folds what is new of a partition, `source/partition`. */
    deliver(stream: string, records: readonly Pushed[]) {
      const after = marks.of(stream)
      const texts = records
        .slice(after + 1)
        .map(({ us, ...rest }) =>
          JSON.stringify({ user: 'a', ...rest, at: timestampOfMicros(BigInt(us)) }),
        )
      const start = after + 1
      const piece = { ingestUs: baseUs + hourUs, version: 1, start, text: texts.join('\n') }
      const folded = views.map(({ id, rule }) => ({
        ...{ id, rule, stateKey: id, stream, after },
        joinKeys: ['user'],
        upTo: Infinity,
      }))
      const partition = Number(stream.split('/').at(-1))
      const position = { offset: start, streams: folded }
      const fail = (view: string, offset: number, cause: unknown) => {
        throw new Error(`View ${view} was left out at offset ${offset}.`, { cause })
      }
      foldPieces(pages, folded, partition, [piece], position, { view: fail, entity: fail })
      marks.live.set(stream, records.length - 1)
    },
    checkpoint,
    read: ({ id, rule }: FoldedRule, us: number) =>
      rule.plan && readAggregates(rule.plan, '["a"]', us, key => pages.get(key, id)).values,
    writeAllAlone: () => pages.get('["another"]', 'none'),
  }
}

/** Records of one tile, each at a time of its own. */
export function ofOneTile(count: number): Pushed[] {
  return Array.from({ length: count }, (_, n) => ({
    us: baseUs + ((n * 7_919 * 14) % (tileUs - 100)),
    n,
  }))
}

/** A shard of which some pages have folded more than it knows of one partition: they were written alone. */
export function openAhead(
  storage: OpenStorage,
  view: FoldedRule,
  other: FoldedRule,
  stream: string,
) {
  const spread = Array.from({ length: 20_000 }, (_, n) => ({ us: baseUs - n * 30_000, n }))
  const first = openShard(storage, [view])
  // So many tiles that what one is divided into lies in other pages.
  first.deliver('s/2', spread)
  first.checkpoint()
  const before = openShard(storage, [other], { ...defaultPageSizes, cacheBytes: 0 })
  const widely = Array.from({ length: 200 }, (_, n) => ({ us: baseUs - n * 3_000_000, n }))
  const records = [...ofOneTile(50), ...widely]
  before.deliver(stream, records)
  before.writeAllAlone()
  return { shard: openShard(storage, [view]), records }
}

export function longestRow(storage: OpenStorage): number {
  const [longest] = storage.sql('SELECT max(length(entities)) AS bytes FROM pages')
  return Number(longest?.bytes)
}

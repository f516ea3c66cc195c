import * as v from 'valibot'
import type { Latest } from '../../shared/aggregates/latest.ts'
import type { Storage } from '../ports.ts'
import { integerOf, textOf } from '../sql-row.ts'

/** Entities of one page, each with its state for each view. */
export type PageState = Map<string, Map<string, Latest>>

/** For each `source/partition`: the last offset folded. */
export type Marks = { readonly [partition: string]: number }

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(-1))
const marksSchema = v.record(v.string(), count)
const latestSchema = v.pipe(
  v.tuple([v.string(), count, count, count, v.array(v.unknown())]),
  v.transform(
    ([eventTime, ingestUs, partition, offset, values]): Latest => ({
      eventTime,
      ingestUs,
      partition,
      offset,
      values,
    }),
  ),
)

export type ShardStatements = ReturnType<typeof shardStatements>

/** Every statement of a feature shard, named and decoded; its tables are described in docs/storage.md. */
export function shardStatements(
  { sql }: Pick<Storage, 'sql'>,
  shard: number,
  shards: () => number = () => 1,
) {
  // Pages of slots that were given away stay as they are until the new shard has them.
  const own = () => [shards() - 1, shard] as const
  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS shard (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, dirty INTEGER NOT NULL, pages_per_slot INTEGER NOT NULL, marks TEXT NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS pages (slot INTEGER NOT NULL, page INTEGER NOT NULL, format INTEGER NOT NULL, folded TEXT NOT NULL, entities TEXT NOT NULL, PRIMARY KEY (slot, page)) WITHOUT ROWID',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS views (view TEXT PRIMARY KEY, status TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql(
        "INSERT INTO shard (id, format, dirty, pages_per_slot, marks) VALUES (0, 1, 0, 1, '{}') ON CONFLICT DO NOTHING",
      )
    },
    shard(): { dirty: boolean; pagesPerSlot: number; marks: Marks } {
      const [row] = sql('SELECT format, dirty, pages_per_slot, marks FROM shard')
      if (row === undefined) throw new Error('The shard has no row of its own.')
      if (integerOf(row, 'format') !== 1) throw new Error('A newer gateway wrote this shard.')
      return {
        dirty: integerOf(row, 'dirty') === 1,
        pagesPerSlot: integerOf(row, 'pages_per_slot'),
        marks: v.parse(marksSchema, JSON.parse(textOf(row, 'marks'))),
      }
    },
    setDirty: () => sql('UPDATE shard SET dirty = 1'),
    setClean: (pagesPerSlot: number, marks: Marks) =>
      sql(
        'UPDATE shard SET dirty = 0, pages_per_slot = ?, marks = ?',
        pagesPerSlot,
        JSON.stringify(marks),
      ),

    pages: (): { slot: number; page: number; folded: Marks; entities: PageState }[] =>
      sql(
        'SELECT slot, page, format, folded, entities FROM pages WHERE (slot & ?) = ?',
        ...own(),
      ).map(row => {
        if (integerOf(row, 'format') !== 1) throw new Error('A newer gateway wrote this page.')
        return {
          slot: integerOf(row, 'slot'),
          page: integerOf(row, 'page'),
          folded: v.parse(marksSchema, JSON.parse(textOf(row, 'folded'))),
          entities: decodeEntities(textOf(row, 'entities')),
        }
      }),
    writePage: (slot: number, page: number, folded: Marks, entities: string) =>
      sql(
        'INSERT INTO pages (slot, page, format, folded, entities) VALUES (?, ?, 1, ?, ?) ON CONFLICT (slot, page) DO UPDATE SET folded = excluded.folded, entities = excluded.entities',
        slot,
        page,
        JSON.stringify(folded),
        entities,
      ),
    dropPages: () => sql('DELETE FROM pages WHERE (slot & ?) = ?', ...own()),

    views: (): { view: string; status: string }[] =>
      sql('SELECT view, status FROM views').map(row => ({
        view: textOf(row, 'view'),
        status: textOf(row, 'status'),
      })),
    setViewStatus: (view: string, status: 'degraded' | 'backfilling', at: number) =>
      sql(
        'INSERT INTO views (view, status, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        view,
        status,
        at,
      ),
  }
}

/** A page as text: `[[entity, [[view, [eventTime, ingestUs, partition, offset, values]], …]], …]`. */
export function encodeEntities(entities: PageState): string {
  return JSON.stringify(
    [...entities].map(([entity, views]) => [
      entity,
      [...views].map(([view, { eventTime, ingestUs, partition, offset, values }]) => [
        view,
        [eventTime, ingestUs, partition, offset, values],
      ]),
    ]),
  )
}

const entitiesSchema = v.array(v.tuple([v.string(), v.array(v.tuple([v.string(), latestSchema]))]))

function decodeEntities(text: string): PageState {
  const entities = v.parse(entitiesSchema, JSON.parse(text))
  return new Map(entities.map(([entity, views]) => [entity, new Map(views)]))
}

import * as v from 'valibot'
import type { PagePlace, StoredPage } from '../contracts/feature-shard-contract.ts'
import { firstCountOf } from '../doubling.ts'
import type { Storage } from '../ports.ts'
import { integerOf, numberOf, requireFormat, textOf } from '../sql-row.ts'
import type { StoredView } from '../view-state.ts'
import type { Marks } from './fold-marks.ts'
import { marksSchema } from './page-statements.ts'
import { storedViewSchema } from './shard-statements.ts'

/** What a shard gave away when its count doubled: its slots as they stood at these marks. */
export interface Gift {
  readonly marks: Marks
  readonly backfills: Marks
  readonly pagesPerSlot: number
  /** How it stood to its views, where not every one was served from the beginning. */
  readonly views: readonly StoredView[]
  /** Whether the new shard has them, so that they are here no more. */
  readonly released: boolean
}

const giftSchema = v.object({
  marks: marksSchema,
  backfills: marksSchema,
  pagesPerSlot: v.number(),
  views: v.array(storedViewSchema),
})

export type SplitStatements = ReturnType<typeof splitStatements>

/** The statements of a feature shard that say which slots are its own and what it gave away. */
export function splitStatements({ sql }: Pick<Storage, 'sql'>, shard: number) {
  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS split (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, shards INTEGER NOT NULL, taken INTEGER NOT NULL, releases INTEGER NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS gifts (shards INTEGER PRIMARY KEY, gift TEXT NOT NULL, released INTEGER NOT NULL)',
      )
    },
    /** How many shards this one knows of, and whether it has taken over what its parent gave it. */
    split(): { shards: number; taken: boolean } {
      const [row] = sql('SELECT format, shards, taken FROM split')
      // The first shard has its slots from the beginning.
      if (row === undefined) return { shards: firstCountOf(shard), taken: shard === 0 }
      requireFormat(row, 'split')
      return { shards: integerOf(row, 'shards'), taken: integerOf(row, 'taken') === 1 }
    },
    setShards: (shards: number) =>
      sql(
        'INSERT INTO split (id, format, shards, taken, releases) VALUES (0, 1, ?, 1, 0) ON CONFLICT (id) DO UPDATE SET shards = excluded.shards',
        shards,
      ),
    /** The slots are this shard's own; whoever gave them has still to be told. */
    setTaken: (shards: number) =>
      sql('INSERT INTO split (id, format, shards, taken, releases) VALUES (0, 1, ?, 1, 1)', shards),
    releases(): boolean {
      const [row] = sql('SELECT releases FROM split')
      return row !== undefined && integerOf(row, 'releases') === 1
    },
    setReleased: () => sql('UPDATE split SET releases = 0'),
    gift(shards: number): Gift | undefined {
      const [row] = sql('SELECT gift, released FROM gifts WHERE shards = ?', shards)
      if (row === undefined) return undefined
      const gift = v.parse(giftSchema, JSON.parse(textOf(row, 'gift')))
      return { ...gift, released: integerOf(row, 'released') === 1 }
    },
    addGift: (shards: number, gift: Omit<Gift, 'released'>) =>
      sql(
        'INSERT INTO gifts (shards, gift, released) VALUES (?, ?, 0)',
        shards,
        JSON.stringify(gift),
      ),
    /** Pages of the slots that a count has made another shard's, after a place, at least one and about `maxBytes`. */
    givenPages(shards: number, { slot, page }: PagePlace, maxBytes: number): StoredPage[] {
      const pages: StoredPage[] = []
      let place: PagePlace = { slot, page }
      for (let bytes = 0; bytes < maxBytes; ) {
        const [row] = sql(
          'SELECT slot, page, format, folded, entities FROM pages WHERE (slot, page) > (?, ?) AND (slot & ?) = ? ORDER BY slot, page LIMIT 1',
          place.slot,
          place.page,
          shards - 1,
          shard + shards / 2,
        )
        if (row === undefined) break
        place = { slot: integerOf(row, 'slot'), page: numberOf(row, 'page') }
        const [folded, entities] = [textOf(row, 'folded'), textOf(row, 'entities')]
        pages.push({ ...place, format: integerOf(row, 'format'), folded, entities })
        bytes += folded.length + entities.length
      }
      return pages
    },
    /** Drops what was taken before, which was not all. */
    dropPages: () => sql('DELETE FROM pages'),
    takePage: ({ slot, page, format, folded, entities }: StoredPage) =>
      sql(
        'INSERT INTO pages (slot, page, format, folded, entities) VALUES (?, ?, ?, ?, ?) ON CONFLICT (slot, page) DO UPDATE SET format = excluded.format, folded = excluded.folded, entities = excluded.entities',
        slot,
        page,
        format,
        folded,
        entities,
      ),
    /** Deletes what was given away, once the new shard has it. */
    release(shards: number): void {
      sql('DELETE FROM pages WHERE (slot & ?) = ?', shards - 1, shard + shards / 2)
      sql('UPDATE gifts SET released = 1 WHERE shards = ?', shards)
    },
  }
}

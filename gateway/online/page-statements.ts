import * as v from 'valibot'
import type { Storage } from '../ports.ts'
import { integerOf, numberOf, optionalNumberOf, textOf } from '../sql-row.ts'
import { startOfOldPage } from './entity-place.ts'
import type { Marks } from './fold-marks.ts'

export const marksSchema = v.record(v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(-1)))

/** Format of a shard's row, and of pages that hold entities alone: they begin where their entities' places do. */
export const pageFormat = 2
/** Format of pages that hold pieces of entities, or begin between two. */
const piecesFormat = 3
/** Format of pages in which the records of a tile were divided among narrower ones, or an entity was left out. */
const dividedFormat = 4

const formatOf = { entities: pageFormat, pieces: piecesFormat, divided: dividedFormat }
/** What a page holds, each with what comes before it. */
export type PageContent = keyof typeof formatOf

export interface PageAt {
  readonly start: number
  /** Where the next page of the slot begins; absent where it is the last. */
  readonly end?: number
  /** Absent where nothing is stored. */
  readonly stored?: { readonly folded: Marks; readonly entities: string }
}

export type PageStatements = ReturnType<typeof pageStatements>

/** The statements of a feature shard's pages; `oldPages` is how many a slot had in format 1. */
export function pageStatements(
  { sql, transaction }: Pick<Storage, 'sql' | 'transaction'>,
  oldPages: number,
) {
  const converted = new Set<number>()

  /** Pages of format 1 were numbered by the ends of hashes: each is a stretch of places. */
  const convert = (slot: number) => {
    const rows = sql(
      'SELECT page, folded, entities FROM pages WHERE slot = ? AND format = 1 AND page > 0',
      slot,
    )
    transaction(() => {
      // One place may be another's number.
      sql('DELETE FROM pages WHERE slot = ? AND format = 1 AND page > 0', slot)
      for (const row of rows) {
        const start = startOfOldPage(integerOf(row, 'page'))
        writePage(slot, start, textOf(row, 'folded'), textOf(row, 'entities'))
      }
    })
  }

  const writePage = (
    slot: number,
    start: number,
    folded: string,
    entities: string,
    holds: PageContent = 'entities',
  ) => {
    sql(
      'INSERT INTO pages (slot, page, format, folded, entities) VALUES (?, ?, ?, ?, ?) ON CONFLICT (slot, page) DO UPDATE SET format = excluded.format, folded = excluded.folded, entities = excluded.entities',
      slot,
      start,
      Math.max(formatOf[holds], Number.isInteger(start) ? pageFormat : piecesFormat),
      folded,
      entities,
    )
  }

  return {
    /** The page that holds a place of a slot; also one that has never been written. */
    pageAt(slot: number, at: number): PageAt {
      if (oldPages > 1 && !converted.has(slot)) {
        convert(slot)
        converted.add(slot)
      }
      const [row] = sql(
        'SELECT page, format, folded, entities FROM pages WHERE slot = ? AND page <= ? ORDER BY page DESC LIMIT 1',
        slot,
        at,
      )
      const [next] = sql(
        'SELECT min(page) AS page FROM pages WHERE slot = ? AND page > ?',
        slot,
        at,
      )
      const end = next && optionalNumberOf(next, 'page')
      const stretch = {
        start: row === undefined ? 0 : numberOf(row, 'page'),
        ...(end === undefined ? {} : { end }),
      }
      if (row === undefined) return stretch
      if (integerOf(row, 'format') > dividedFormat) {
        throw new Error('A newer gateway wrote this page.')
      }
      const folded = v.parse(marksSchema, JSON.parse(textOf(row, 'folded')))
      return { ...stretch, stored: { folded, entities: textOf(row, 'entities') } }
    },
    writePage,
  }
}

import * as v from 'valibot'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { Range } from '../contracts/message.ts'
import type { Storage } from '../ports.ts'
import { integerOf, optionalIntegerOf, optionalTextOf, textOf } from '../sql-row.ts'
import { partColumns, partOf, partValues } from './catalogue-statements.ts'

/** What a compaction is about to do: stored before a byte is built, so that every attempt does the same. */
export interface CompactionIntent {
  readonly partition: number
  readonly range: Range
  readonly key: string
  readonly name: string
  /** Names of the parts that it replaces, in offset order. */
  readonly parts: readonly string[]
}

const partNames = v.array(v.string())
export type UpkeepStatements = ReturnType<typeof upkeepStatements>

/** The statements of a catalogue's upkeep of its parts; its tables are described in docs/storage.md. */
export function upkeepStatements({ sql }: Pick<Storage, 'sql'>) {
  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS upkeep (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, generation INTEGER NOT NULL, stopped TEXT)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS compaction (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, partition INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, object_key TEXT NOT NULL, name TEXT NOT NULL, parts TEXT NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS retired (name TEXT PRIMARY KEY, object_key TEXT NOT NULL, partition INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, version INTEGER NOT NULL, first_event_time TEXT, last_event_time TEXT, committed_us INTEGER NOT NULL, retired_us INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS expired (partition INTEGER PRIMARY KEY, end_offset INTEGER NOT NULL, rows INTEGER NOT NULL)',
      )
      sql('INSERT INTO upkeep (id, format, generation) VALUES (0, 1, 0) ON CONFLICT DO NOTHING')
      const [row] = sql('SELECT format FROM upkeep')
      if (row === undefined || integerOf(row, 'format') !== 1) {
        throw new Error("A newer gateway wrote this catalogue's upkeep.")
      }
    },

    stopped(): string | undefined {
      const [row] = sql('SELECT stopped FROM upkeep')
      return row && optionalTextOf(row, 'stopped')
    },
    setStopped: (reason: string | null) => sql('UPDATE upkeep SET stopped = ?', reason),
    /** A number that no other compaction of this catalogue has. */
    nextGeneration(): number {
      const [row] = sql('UPDATE upkeep SET generation = generation + 1 RETURNING generation')
      if (row === undefined) throw new Error('The catalogue has no state of its upkeep.')
      return integerOf(row, 'generation')
    },

    intent(): CompactionIntent | undefined {
      const [row] = sql(
        'SELECT format, partition, start_offset, end_offset, object_key, name, parts FROM compaction',
      )
      if (row === undefined) return undefined
      if (integerOf(row, 'format') !== 1) throw new Error('A newer gateway began a compaction.')
      return {
        partition: integerOf(row, 'partition'),
        range: [integerOf(row, 'start_offset'), integerOf(row, 'end_offset')],
        key: textOf(row, 'object_key'),
        name: textOf(row, 'name'),
        parts: v.parse(partNames, JSON.parse(textOf(row, 'parts'))),
      }
    },
    setIntent: ({ partition, range: [start, end], key, name, parts }: CompactionIntent) =>
      sql(
        'INSERT INTO compaction (id, format, partition, start_offset, end_offset, object_key, name, parts) VALUES (0, 1, ?, ?, ?, ?, ?, ?)',
        partition,
        start,
        end,
        key,
        name,
        JSON.stringify(parts),
      ),
    clearIntent: () => sql('DELETE FROM compaction'),

    smallParts: (partition: number, rows: number, bytes: number): Part[] =>
      sql(
        `SELECT ${partColumns} FROM parts WHERE partition = ? AND rows < ? AND bytes < ? ORDER BY start_offset`,
        partition,
        rows,
        bytes,
      ).map(partOf),
    oldestParts: (partition: number, count: number): Part[] =>
      sql(
        `SELECT ${partColumns} FROM parts WHERE partition = ? ORDER BY start_offset LIMIT ?`,
        partition,
        count,
      ).map(partOf),
    /** Digests of the ranges as they were committed, in offset order. */
    journalOf: (
      partition: number,
      [start, end]: Range,
    ): { start: number; end: number; digest: string }[] =>
      sql(
        'SELECT start_offset, end_offset, digest FROM journal WHERE partition = ? AND start_offset >= ? AND start_offset < ? ORDER BY start_offset',
        partition,
        start,
        end,
      ).map(row => ({
        start: integerOf(row, 'start_offset'),
        end: integerOf(row, 'end_offset'),
        digest: textOf(row, 'digest'),
      })),

    /** Takes a part off the list; its object is kept for readers of an older one. */
    retire(name: string, retiredUs: number): void {
      sql(
        `INSERT INTO retired (${partColumns}, retired_us) SELECT ${partColumns}, ? FROM parts WHERE name = ?`,
        retiredUs,
        name,
      )
      const gone = sql('DELETE FROM parts WHERE name = ? RETURNING name', name)
      if (gone.length === 0) throw new Error(`The catalogue lists no part ${name}.`)
    },
    /** Notes the object of a part that is listed no more and was put once again. */
    retireAgain: (part: Omit<Part, 'committedUs'>, retiredUs: number) =>
      sql(
        `INSERT INTO retired (${partColumns}, retired_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        ...partValues({ ...part, committedUs: retiredUs }),
        retiredUs,
      ),
    retiredPart(name: string): Part | undefined {
      const [row] = sql(`SELECT ${partColumns} FROM retired WHERE name = ?`, name)
      return row && partOf(row)
    },
    retiredUpTo: (us: number, count: number): { name: string; key: string }[] =>
      sql(
        'SELECT name, object_key FROM retired WHERE retired_us <= ? ORDER BY retired_us LIMIT ?',
        us,
        count,
      ).map(row => ({ name: textOf(row, 'name'), key: textOf(row, 'object_key') })),
    oldestRetiredUs(): number | undefined {
      const [row] = sql('SELECT min(retired_us) AS oldest FROM retired')
      return row && optionalIntegerOf(row, 'oldest')
    },
    forgetRetired: (name: string) => sql('DELETE FROM retired WHERE name = ?', name),

    addExpired: (partition: number, end: number, rows: number) =>
      sql(
        'INSERT INTO expired (partition, end_offset, rows) VALUES (?, ?, ?) ON CONFLICT (partition) DO UPDATE SET end_offset = excluded.end_offset, rows = rows + excluded.rows',
        partition,
        end,
        rows,
      ),
    expired: (): ReadonlyMap<number, { readonly end: number; readonly rows: number }> =>
      new Map(
        sql('SELECT partition, end_offset, rows FROM expired').map(row => [
          integerOf(row, 'partition'),
          { end: integerOf(row, 'end_offset'), rows: integerOf(row, 'rows') },
        ]),
      ),
  }
}

import type { Part, PartPlace, PartTotals } from '../contracts/catalogue-contract.ts'
import type { Range } from '../contracts/message.ts'
import type { SqlRow, SqlValue, Storage } from '../ports.ts'
import { integerOf, optionalTextOf, textOf } from '../sql-row.ts'

/** Columns of a part, in the order of `partOf`. */
export const partColumns =
  'name, object_key, partition, start_offset, end_offset, rows, bytes, sha256, version, first_event_time, last_event_time, committed_us'

export type CatalogueStatements = ReturnType<typeof catalogueStatements>

/** Every statement of a catalogue, named and decoded; its tables are described in docs/storage.md. */
export function catalogueStatements({ sql }: Pick<Storage, 'sql'>) {
  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS catalogue (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS partitions (partition INTEGER PRIMARY KEY, mark INTEGER NOT NULL, holds INTEGER NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, object_key TEXT NOT NULL, partition INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, version INTEGER NOT NULL, first_event_time TEXT, last_event_time TEXT, committed_us INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS journal (partition INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (partition, start_offset)) WITHOUT ROWID',
      )
      sql('CREATE INDEX IF NOT EXISTS parts_by_place ON parts (partition, end_offset)')
      sql('INSERT INTO catalogue (id, format) VALUES (0, 1) ON CONFLICT DO NOTHING')
      const [row] = sql('SELECT format FROM catalogue')
      if (row === undefined || integerOf(row, 'format') !== 1) {
        throw new Error('A newer gateway wrote this catalogue.')
      }
    },

    declare: (partition: number) =>
      sql(
        'INSERT INTO partitions (partition, mark, holds) VALUES (?, -1, 0) ON CONFLICT DO NOTHING',
        partition,
      ),
    partitions: () =>
      sql('SELECT partition, mark, holds FROM partitions ORDER BY partition').map(row => ({
        partition: integerOf(row, 'partition'),
        mark: integerOf(row, 'mark'),
        holds: integerOf(row, 'holds') === 1,
      })),
    mark(partition: number): number | undefined {
      const [row] = sql('SELECT mark FROM partitions WHERE partition = ?', partition)
      return row && integerOf(row, 'mark')
    },
    setMark: (partition: number, mark: number) =>
      sql('UPDATE partitions SET mark = ? WHERE partition = ?', mark, partition),
    setHolds: (partition: number, holds: boolean) =>
      sql('UPDATE partitions SET holds = ? WHERE partition = ?', holds ? 1 : 0, partition),

    journalEntry(partition: number, start: number): { end: number; digest: string } | undefined {
      const [row] = sql(
        'SELECT end_offset, digest FROM journal WHERE partition = ? AND start_offset = ?',
        partition,
        start,
      )
      return row && { end: integerOf(row, 'end_offset'), digest: textOf(row, 'digest') }
    },
    journal: (partition: number, from: number, count: number): { start: number; end: number }[] =>
      sql(
        'SELECT start_offset, end_offset FROM journal WHERE partition = ? AND start_offset >= ? ORDER BY start_offset LIMIT ?',
        partition,
        from,
        count,
      ).map(row => ({
        start: integerOf(row, 'start_offset'),
        end: integerOf(row, 'end_offset'),
      })),
    insertJournalEntry: (partition: number, [start, end]: Range, digest: string) =>
      sql(
        'INSERT INTO journal (partition, start_offset, end_offset, digest) VALUES (?, ?, ?, ?)',
        partition,
        start,
        end,
        digest,
      ),

    insertPart: (part: Part) =>
      sql(
        `INSERT INTO parts (${partColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...partValues(part),
      ),
    /** Parts above a place, of one partition or of all: as many as asked for, by place. */
    parts: ({ partition, above }: PartPlace, only: number | undefined, count: number): Part[] =>
      sql(
        `SELECT ${partColumns} FROM parts WHERE (partition, end_offset) > (?, ?) AND partition BETWEEN ? AND ? ORDER BY partition, end_offset LIMIT ?`,
        partition,
        above,
        only ?? 0,
        only ?? Number.MAX_SAFE_INTEGER,
        count,
      ).map(partOf),
    totals(): PartTotals {
      const [row] = sql(
        'SELECT count(*) AS parts, coalesce(sum(rows), 0) AS rows, coalesce(sum(bytes), 0) AS bytes, min(first_event_time) AS first_event_time, max(last_event_time) AS last_event_time FROM parts',
      )
      if (row === undefined) throw new Error('A count of parts has no row.')
      const first = optionalTextOf(row, 'first_event_time')
      const last = optionalTextOf(row, 'last_event_time')
      return {
        parts: integerOf(row, 'parts'),
        rows: integerOf(row, 'rows'),
        bytes: integerOf(row, 'bytes'),
        ...(first === undefined ? {} : { firstEventTime: first }),
        ...(last === undefined ? {} : { lastEventTime: last }),
      }
    },
    part(name: string): Part | undefined {
      const [row] = sql(`SELECT ${partColumns} FROM parts WHERE name = ?`, name)
      return row && partOf(row)
    },
  }
}

/** A part's values in the order of `partColumns`. */
export function partValues(part: Part): SqlValue[] {
  const { name, key, partition, start, end, rows, bytes, sha256, version, committedUs } = part
  const times = [part.firstEventTime ?? null, part.lastEventTime ?? null]
  return [name, key, partition, start, end, rows, bytes, sha256, version, ...times, committedUs]
}

/** Reads a part's columns. */
export function partOf(row: SqlRow): Part {
  const firstEventTime = optionalTextOf(row, 'first_event_time')
  const lastEventTime = optionalTextOf(row, 'last_event_time')
  return {
    name: textOf(row, 'name'),
    key: textOf(row, 'object_key'),
    partition: integerOf(row, 'partition'),
    start: integerOf(row, 'start_offset'),
    end: integerOf(row, 'end_offset'),
    rows: integerOf(row, 'rows'),
    bytes: integerOf(row, 'bytes'),
    sha256: textOf(row, 'sha256'),
    version: integerOf(row, 'version'),
    ...(firstEventTime === undefined ? {} : { firstEventTime }),
    ...(lastEventTime === undefined ? {} : { lastEventTime }),
    committedUs: integerOf(row, 'committed_us'),
  }
}

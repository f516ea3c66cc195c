import * as v from 'valibot'
import type { Storage } from '../ports.ts'
import { integerOf, optionalIntegerOf, optionalTextOf, requireFormat, textOf } from '../sql-row.ts'
import type { StoredView } from '../view-state.ts'
import type { StoredMarks } from './fold-marks.ts'
import { marksSchema, pageFormat } from './page-statements.ts'

export const storedViewSchema = v.object({
  view: v.string(),
  status: v.picklist(['served', 'backfilling', 'degraded']),
  generation: v.pipe(v.number(), v.safeInteger()),
  wanted: marksSchema,
  reason: v.exactOptional(v.string()),
  againMs: v.exactOptional(v.number()),
})

export type ShardStatements = ReturnType<typeof shardStatements>

/** The statements of a feature shard's marks and views; its tables are described in docs/storage.md. */
export function shardStatements({ sql }: Pick<Storage, 'sql'>) {
  /** Format 1 folded nothing into views that it withheld: they are rebuilt. */
  const convert = () => {
    sql("ALTER TABLE shard ADD COLUMN backfills TEXT NOT NULL DEFAULT '{}'")
    for (const row of sql('SELECT view FROM views')) {
      setView({
        view: textOf(row, 'view'),
        status: 'degraded',
        generation: 0,
        wanted: {},
        againMs: 0,
      })
    }
    sql('DROP TABLE views')
    sql('UPDATE shard SET format = ?', pageFormat)
  }

  const setView = ({ view, status, generation, wanted, reason, againMs }: StoredView) =>
    sql(
      'INSERT INTO view_states (view, format, status, generation, wanted, reason, again_ms) VALUES (?, 1, ?, ?, ?, ?, ?) ON CONFLICT (view) DO UPDATE SET status = excluded.status, generation = excluded.generation, wanted = excluded.wanted, reason = excluded.reason, again_ms = excluded.again_ms',
      view,
      status,
      generation,
      JSON.stringify(wanted),
      reason ?? null,
      againMs ?? null,
    )

  return {
    /** Makes the tables, or those of format 1 into those of this one; part of the caller's transaction. */
    createTables(): void {
      sql(
        "CREATE TABLE IF NOT EXISTS shard (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, dirty INTEGER NOT NULL, pages_per_slot INTEGER NOT NULL, marks TEXT NOT NULL, backfills TEXT NOT NULL DEFAULT '{}')",
      )
      sql(
        'CREATE TABLE IF NOT EXISTS pages (slot INTEGER NOT NULL, page INTEGER NOT NULL, format INTEGER NOT NULL, folded TEXT NOT NULL, entities TEXT NOT NULL, PRIMARY KEY (slot, page)) WITHOUT ROWID',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS view_states (view TEXT PRIMARY KEY, format INTEGER NOT NULL, status TEXT NOT NULL, generation INTEGER NOT NULL, wanted TEXT NOT NULL, reason TEXT, again_ms INTEGER) WITHOUT ROWID',
      )
      sql(
        "INSERT INTO shard (id, format, dirty, pages_per_slot, marks) VALUES (0, ?, 0, 1, '{}') ON CONFLICT DO NOTHING",
        pageFormat,
      )
      const [row] = sql('SELECT format FROM shard')
      if (row !== undefined && integerOf(row, 'format') === 1) convert()
    },
    shard(): StoredMarks & { readonly dirty: boolean; readonly pagesPerSlot: number } {
      const [row] = sql('SELECT format, dirty, pages_per_slot, marks, backfills FROM shard')
      if (row === undefined) throw new Error('The shard has no row of its own.')
      if (integerOf(row, 'format') > pageFormat)
        throw new Error('A newer gateway wrote this shard.')
      return {
        dirty: integerOf(row, 'dirty') === 1,
        pagesPerSlot: integerOf(row, 'pages_per_slot'),
        marks: v.parse(marksSchema, JSON.parse(textOf(row, 'marks'))),
        backfills: v.parse(marksSchema, JSON.parse(textOf(row, 'backfills'))),
      }
    },
    /** How many pages a slot had in format 1, where pages come from a shard that had them. */
    setPagesPerSlot: (count: number) => sql('UPDATE shard SET pages_per_slot = ?', count),
    setDirty: () => sql('UPDATE shard SET dirty = 1'),
    setClean: ({ marks, backfills }: StoredMarks) =>
      sql(
        'UPDATE shard SET dirty = 0, marks = ?, backfills = ?',
        JSON.stringify(marks),
        JSON.stringify(backfills),
      ),

    views: (): StoredView[] =>
      sql('SELECT view, format, status, generation, wanted, reason, again_ms FROM view_states').map(
        row => {
          requireFormat(row, 'view')
          const reason = optionalTextOf(row, 'reason')
          const againMs = optionalIntegerOf(row, 'again_ms')
          return {
            view: textOf(row, 'view'),
            status: v.parse(storedViewSchema.entries.status, textOf(row, 'status')),
            generation: integerOf(row, 'generation'),
            wanted: v.parse(marksSchema, JSON.parse(textOf(row, 'wanted'))),
            ...(reason === undefined ? {} : { reason }),
            ...(againMs === undefined ? {} : { againMs }),
          }
        },
      ),
    setView,
    dropView: (view: string) => sql('DELETE FROM view_states WHERE view = ?', view),
  }
}

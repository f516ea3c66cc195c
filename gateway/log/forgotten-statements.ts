import type { Touches } from '../contracts/message.ts'
import type { Storage } from '../ports.ts'
import { textOf } from '../sql-row.ts'
import { decodeSlotTouches } from './segment-notes.ts'
import { everything } from './shard-filter.ts'

/** The statements of a partition that keep what its dropped segments touched. */
export function forgottenStatements({ sql }: Pick<Storage, 'sql'>) {
  const read = (): Touches =>
    Object.fromEntries(
      sql('SELECT entity_set, touches FROM forgotten').map(row => [
        textOf(row, 'entity_set'),
        decodeSlotTouches(textOf(row, 'touches')),
      ]),
    )
  const keep = (entitySetId: string, slots: Touches[string]) =>
    sql(
      'INSERT INTO forgotten (entity_set, touches) VALUES (?, ?) ON CONFLICT (entity_set) DO UPDATE SET touches = excluded.touches',
      entitySetId,
      JSON.stringify(slots),
    )

  return {
    createTables: () =>
      sql(
        'CREATE TABLE IF NOT EXISTS forgotten (entity_set TEXT PRIMARY KEY, touches TEXT NOT NULL) WITHOUT ROWID',
      ),
    forgotten: read,
    /** Notes once what was dropped before such notes were kept: nobody knows what it touched. */
    beginForgetting(last: number): void {
      if (everything in read()) return
      keep(everything, last < 0 ? {} : { [everything]: last })
    },
    /** Keeps the last offset that touched each slot, one row for each entity set. */
    forgetTouches(touches: Touches): void {
      const before = read()
      for (const [entitySetId, slots] of Object.entries(touches)) {
        keep(entitySetId, { ...before[entitySetId], ...slots })
      }
    },
  }
}

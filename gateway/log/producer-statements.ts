import { firstCountOf } from '../doubling.ts'
import type { Storage } from '../ports.ts'
import { integerOf, optionalIntegerOf, requireFormat, textOf } from '../sql-row.ts'
import { decodeProducerState, encodeProducerState, type ProducerState } from './producer-state.ts'

/** Weeks of producers kept apart: 35 days reach into six of them. */
const producerRing = 7
const weekMs = 7 * 86_400_000

/** Which producers are this partition's: those that its count sends here. */
export interface Routing {
  readonly partition: number
  /** The highest count of partitions that this one knows of by its own or another partition's making. */
  readonly partitions: number
  /** When the parent first answered, so that it knows the count; nothing before. */
  readonly toldMs?: number
}

/** The statements of a partition that keep its producers: their states by week, and which are its own. */
export function producerStatements({ sql }: Pick<Storage, 'sql'>) {
  const producersOf = (week: number) => `producers_${week % producerRing}`

  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS routing (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, partitions INTEGER NOT NULL, told_ms INTEGER)',
      )
      sql('CREATE TABLE IF NOT EXISTS producer_weeks (week INTEGER PRIMARY KEY)')
    },

    routing(partition: number): Routing {
      const row = sql('SELECT format, partitions, told_ms FROM routing')[0]
      if (row === undefined) return { partition, partitions: firstCountOf(partition) }
      requireFormat(row, 'routing')
      const toldMs = optionalIntegerOf(row, 'told_ms')
      const partitions = Math.max(integerOf(row, 'partitions'), firstCountOf(partition))
      return { partition, partitions, ...(toldMs === undefined ? {} : { toldMs }) }
    },
    setPartitions: (partitions: number) =>
      sql(
        'INSERT INTO routing (id, format, partitions) VALUES (0, 1, ?) ON CONFLICT (id) DO UPDATE SET partitions = excluded.partitions',
        partitions,
      ),
    setTold: (toldMs: number) =>
      sql(
        'INSERT INTO routing (id, format, partitions, told_ms) VALUES (0, 1, 0, ?) ON CONFLICT (id) DO UPDATE SET told_ms = excluded.told_ms',
        toldMs,
      ),

    /** Looks a producer up in the weeks, newest first. */
    producer(id: string): ProducerState | undefined {
      for (const week of sql('SELECT week FROM producer_weeks ORDER BY week DESC')) {
        const [row] = sql(
          `SELECT state FROM ${producersOf(integerOf(week, 'week'))} WHERE producer = ?`,
          id,
        )
        if (row !== undefined) return decodeProducerState(textOf(row, 'state'))
      }
      return undefined
    },
    /** Keeps the producers of a closing segment in the present week and drops weeks past their life. */
    keepProducers(producers: ReadonlyMap<string, ProducerState>, nowMs: number): void {
      const week = Math.floor(nowMs / weekMs)
      const known = sql('SELECT week FROM producer_weeks').map(row => integerOf(row, 'week'))
      for (const old of known.filter(old => old <= week - producerRing + 1)) {
        sql(`DROP TABLE IF EXISTS ${producersOf(old)}`)
        sql('DELETE FROM producer_weeks WHERE week = ?', old)
      }
      if (!known.includes(week)) {
        sql(`DROP TABLE IF EXISTS ${producersOf(week)}`)
        sql(
          `CREATE TABLE ${producersOf(week)} (producer TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID`,
        )
        sql('INSERT INTO producer_weeks (week) VALUES (?)', week)
      }
      // Lookups believe the newest week: one left by a clock that was set back must not hide this one.
      for (const newer of known.filter(other => other > week)) {
        for (const id of producers.keys()) {
          sql(`DELETE FROM ${producersOf(newer)} WHERE producer = ?`, id)
        }
      }
      for (const [id, state] of producers) {
        sql(
          `INSERT INTO ${producersOf(week)} (producer, state) VALUES (?, ?) ON CONFLICT (producer) DO UPDATE SET state = excluded.state`,
          id,
          encodeProducerState(state),
        )
      }
    },
  }
}

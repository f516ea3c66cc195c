import { DatabaseSync } from 'node:sqlite'
import type { Storage } from '../../gateway/ports.ts'

type Statements = Pick<Storage, 'sql' | 'transaction'> & {
  /** Rows that statements have inserted, updated or deleted. */
  rowsWritten(): number
}

/** A Durable Object's SQL over a file, as far as pages need it: nothing is confirmed, nothing is lost. */
export function sqliteStorage(path: string): Statements {
  const database = new DatabaseSync(path)
  // Written once and thrown away: what the disk does is no part of what is measured.
  database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -4096')
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  let rows = 0
  return {
    sql(text, ...parameters) {
      const statement = prepared.get(text) ?? database.prepare(text)
      prepared.set(text, statement)
      if (/^\s*SELECT/i.test(text)) return statement.all(...parameters)
      rows += Number(statement.run(...parameters).changes)
      return []
    },
    transaction(work) {
      database.exec('BEGIN')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (cause) {
        database.exec('ROLLBACK')
        throw cause
      }
    },
    rowsWritten: () => rows,
  }
}

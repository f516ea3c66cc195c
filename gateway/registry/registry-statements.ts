import type { Storage } from '../ports.ts'
import { integerOf, textOf } from '../sql-row.ts'
import { decodeResolvedDefinitions, type ResolvedDefinitions } from './resolved-definitions.ts'

export interface AppliedDefinitions {
  readonly version: number
  readonly hash: string
  readonly canonical: string
}

/** Every statement of a registry, named and decoded; its tables are described in docs/storage.md. */
export function registryStatements({ sql }: Pick<Storage, 'sql'>) {
  return {
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS registry (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, propagated INTEGER NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS applies (version INTEGER PRIMARY KEY, hash TEXT NOT NULL, canonical TEXT NOT NULL, applied_us INTEGER NOT NULL, key_id TEXT NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS resolved (id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL, definitions TEXT NOT NULL)',
      )
      sql('INSERT INTO registry (id, format, propagated) VALUES (0, 1, 0) ON CONFLICT DO NOTHING')
      const [row] = sql('SELECT format FROM registry')
      if (row === undefined || integerOf(row, 'format') !== 1) {
        throw new Error('A newer gateway wrote this registry.')
      }
    },
    latest(): AppliedDefinitions | undefined {
      const [row] = sql(
        'SELECT version, hash, canonical FROM applies ORDER BY version DESC LIMIT 1',
      )
      return (
        row && {
          version: integerOf(row, 'version'),
          hash: textOf(row, 'hash'),
          canonical: textOf(row, 'canonical'),
        }
      )
    },
    resolved(): ResolvedDefinitions | undefined {
      const [row] = sql('SELECT definitions FROM resolved')
      return row && decodeResolvedDefinitions(JSON.parse(textOf(row, 'definitions')))
    },
    /** Part of the caller's transaction. */
    insert(
      { version, hash, canonical }: AppliedDefinitions,
      resolved: ResolvedDefinitions,
      appliedUs: number,
      keyId: string,
    ): void {
      sql(
        'INSERT INTO applies (version, hash, canonical, applied_us, key_id) VALUES (?, ?, ?, ?, ?)',
        version,
        hash,
        canonical,
        appliedUs,
        keyId,
      )
      sql(
        'INSERT INTO resolved (id, version, definitions) VALUES (0, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, definitions = excluded.definitions',
        version,
        JSON.stringify(resolved),
      )
    },
    propagated(): number {
      const [row] = sql('SELECT propagated FROM registry')
      return row === undefined ? 0 : integerOf(row, 'propagated')
    },
    setPropagated: (version: number) => sql('UPDATE registry SET propagated = ?', version),
  }
}

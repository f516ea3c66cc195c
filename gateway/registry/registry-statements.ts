import type { SqlRow, Storage } from '../ports.ts'
import { integerOf, optionalTextOf, textOf } from '../sql-row.ts'
import {
  decodeResolvedDefinitions,
  decodeResolvedSource,
  type ResolvedDefinitions,
  type ResolvedSource,
} from './resolved-definitions.ts'

export interface AppliedDefinitions {
  readonly version: number
  readonly hash: string
  readonly canonical: string
}

/** Who made a version, when and by what. */
export interface AppliedVersion extends AppliedDefinitions {
  readonly appliedUs: number
  readonly keyId: string
  readonly action: string
}

/** The name under which a workspace is known, and whether it stores and serves. */
export interface CreatedWorkspace {
  readonly name: string
  readonly live: boolean
  readonly createdUs: number
}

/** A source that was deleted or recreated. */
export interface RetiredSource {
  readonly source: ResolvedSource
  readonly retiredUs: number
}

export interface StoredPlan extends AppliedDefinitions {
  readonly id: string
  /** What it was compared with; its own `hash` and `canonical` are what it would make. */
  readonly beforeHash: string | null
  readonly suppressRecreates: boolean
  /** What an apply of it is called in the history. */
  readonly action: string
  readonly createdUs: number
}

const format = 2
const versionColumns = 'version, hash, canonical, applied_us, key_id, action'

/** Every statement of a registry, named and decoded; its tables are described in docs/storage.md. */
export function registryStatements({ sql }: Pick<Storage, 'sql'>) {
  const addColumns = () => {
    sql('ALTER TABLE registry ADD COLUMN name TEXT')
    sql('ALTER TABLE registry ADD COLUMN live INTEGER')
    sql('ALTER TABLE registry ADD COLUMN created_us INTEGER')
    sql("ALTER TABLE applies ADD COLUMN action TEXT NOT NULL DEFAULT 'apply'")
    sql('UPDATE registry SET format = ?', format)
  }
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
      sql(
        'CREATE TABLE IF NOT EXISTS retired (source_id TEXT PRIMARY KEY, source TEXT NOT NULL, retired_us INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql('CREATE TABLE IF NOT EXISTS untold (source_id TEXT PRIMARY KEY) WITHOUT ROWID')
      sql(
        'CREATE TABLE IF NOT EXISTS plans (id TEXT PRIMARY KEY, version INTEGER NOT NULL, before_hash TEXT, hash TEXT NOT NULL, canonical TEXT NOT NULL, suppress_recreates INTEGER NOT NULL, action TEXT NOT NULL, created_us INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql('INSERT INTO registry (id, format, propagated) VALUES (0, 1, 0) ON CONFLICT DO NOTHING')
      const [row] = sql('SELECT format FROM registry')
      const stored = row === undefined ? Number.POSITIVE_INFINITY : integerOf(row, 'format')
      if (stored > format) throw new Error('A newer gateway wrote this registry.')
      if (stored < format) addColumns()
    },
    workspace(): CreatedWorkspace | undefined {
      const [row] = sql('SELECT name, live, created_us FROM registry WHERE name IS NOT NULL')
      return (
        row && {
          name: textOf(row, 'name'),
          live: integerOf(row, 'live') === 1,
          createdUs: integerOf(row, 'created_us'),
        }
      )
    },
    /** Part of the caller's transaction. */
    setWorkspace(workspace: CreatedWorkspace | undefined): void {
      sql(
        'UPDATE registry SET name = ?, live = ?, created_us = ?',
        workspace?.name ?? null,
        workspace === undefined ? null : Number(workspace.live),
        workspace?.createdUs ?? null,
      )
    },
    latest(): AppliedVersion | undefined {
      const [row] = sql(`SELECT ${versionColumns} FROM applies ORDER BY version DESC LIMIT 1`)
      return row && versionOf(row)
    },
    version(number: number): AppliedVersion | undefined {
      const [row] = sql(`SELECT ${versionColumns} FROM applies WHERE version = ?`, number)
      return row && versionOf(row)
    },
    /** The newest version at or under one. */
    atOrUnder(upTo: number): AppliedVersion | undefined {
      const [row] = sql(
        `SELECT ${versionColumns} FROM applies WHERE version <= ? ORDER BY version DESC LIMIT 1`,
        upTo,
      )
      return row && versionOf(row)
    },
    resolved(): ResolvedDefinitions | undefined {
      const [row] = sql('SELECT definitions FROM resolved')
      return row && decodeResolvedDefinitions(JSON.parse(textOf(row, 'definitions')))
    },
    /** Part of the caller's transaction. */
    insert(made: AppliedVersion, resolved: string): void {
      const { version, hash, canonical, appliedUs, keyId, action } = made
      sql(
        'INSERT INTO applies (version, hash, canonical, applied_us, key_id, action) VALUES (?, ?, ?, ?, ?, ?)',
        version,
        hash,
        canonical,
        appliedUs,
        keyId,
        action,
      )
      sql(
        'INSERT INTO resolved (id, version, definitions) VALUES (0, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, definitions = excluded.definitions',
        version,
        resolved,
      )
    },
    /** Keeps a source that is declared no more. Part of the caller's transaction. */
    retire(source: ResolvedSource, retiredUs: number): void {
      sql(
        'INSERT INTO retired (source_id, source, retired_us) VALUES (?, ?, ?) ON CONFLICT (source_id) DO UPDATE SET source = excluded.source',
        source.id,
        JSON.stringify(source),
        retiredUs,
      )
    },
    retired(sourceId: string): ResolvedSource | undefined {
      const [row] = sql('SELECT source FROM retired WHERE source_id = ?', sourceId)
      return row && decodeResolvedSource(JSON.parse(textOf(row, 'source')))
    },
    allRetired: (): RetiredSource[] =>
      sql('SELECT source, retired_us FROM retired ORDER BY retired_us DESC').map(row => ({
        source: decodeResolvedSource(JSON.parse(textOf(row, 'source'))),
        retiredUs: integerOf(row, 'retired_us'),
      })),
    /** Notes that a source's objects have to be told of it. Part of the caller's transaction. */
    leaveUntold(sourceId: string): void {
      sql('INSERT INTO untold (source_id) VALUES (?) ON CONFLICT DO NOTHING', sourceId)
    },
    untold: (): string[] =>
      sql('SELECT source_id FROM untold').map(row => textOf(row, 'source_id')),
    setTold: (sourceId: string) => sql('DELETE FROM untold WHERE source_id = ?', sourceId),
    /** Keeps a plan beside the newest others that are no older than a time. */
    keepPlan(plan: StoredPlan, sinceUs: number, most: number): void {
      sql(
        'DELETE FROM plans WHERE created_us < ? OR id NOT IN (SELECT id FROM plans ORDER BY created_us DESC LIMIT ?)',
        sinceUs,
        most - 1,
      )
      sql(
        'INSERT INTO plans (id, version, before_hash, hash, canonical, suppress_recreates, action, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET created_us = excluded.created_us, action = excluded.action',
        plan.id,
        plan.version,
        plan.beforeHash,
        plan.hash,
        plan.canonical,
        Number(plan.suppressRecreates),
        plan.action,
        plan.createdUs,
      )
    },
    plan(id: string, sinceUs: number): StoredPlan | undefined {
      const [row] = sql('SELECT * FROM plans WHERE id = ? AND created_us >= ?', id, sinceUs)
      return (
        row && {
          id,
          version: integerOf(row, 'version'),
          beforeHash: optionalTextOf(row, 'before_hash') ?? null,
          hash: textOf(row, 'hash'),
          canonical: textOf(row, 'canonical'),
          suppressRecreates: integerOf(row, 'suppress_recreates') === 1,
          action: textOf(row, 'action'),
          createdUs: integerOf(row, 'created_us'),
        }
      )
    },
    propagated(): number {
      const [row] = sql('SELECT propagated FROM registry')
      return row === undefined ? 0 : integerOf(row, 'propagated')
    },
    setPropagated: (version: number) => sql('UPDATE registry SET propagated = ?', version),
  }
}

export type RegistryStatements = ReturnType<typeof registryStatements>

function versionOf(row: SqlRow): AppliedVersion {
  return {
    version: integerOf(row, 'version'),
    hash: textOf(row, 'hash'),
    canonical: textOf(row, 'canonical'),
    appliedUs: integerOf(row, 'applied_us'),
    keyId: textOf(row, 'key_id'),
    action: textOf(row, 'action'),
  }
}

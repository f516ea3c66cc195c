import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBInstance } from '@duckdb/node-api'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { type DuckDb, loadDuckDb } from './load-duckdb.ts'
import { engineSettings } from './sql/engine-settings.ts'
import { jsonRows } from './sql/json-rows.ts'

export interface EngineOptions {
  /** What DuckDB may keep in memory, such as `1GB`; what is beyond goes to disk. */
  readonly memoryLimit?: string
  readonly threads?: number
  /** Where it goes, in a folder that is removed at the end; the system's own if absent. */
  readonly temporaryFolder?: string
  readonly signal?: AbortSignal
  readonly load?: () => Promise<DuckDb>
}

/** DuckDB in memory, in UTC, with a folder of its own. */
export interface Engine {
  /** Removed when the engine is closed. */
  readonly folder: string
  /** Runs a statement for what it does. Throws the signal's reason where that ends it. */
  run(sql: string): Promise<void>
  /** Runs a query; its rows as JSON has them, integers exact, some thousands in memory. */
  rows(sql: string): AsyncGenerator<unknown>
  close(): Promise<void>
}

/** What DuckDB says, without the lines that show where. */
export function failureOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n')[0]?.trim() ?? text
}

/** Opens DuckDB. Throws a GatewayError with the code `missing_package` where it is not installed. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { temporaryFolder = tmpdir(), memoryLimit = '1GB', threads, signal } = options
  const duck = await loadDuckDb(options.load)
  await mkdir(temporaryFolder, { recursive: true })
  const folder = await mkdtemp(join(temporaryFolder, 'tidegate-offline-'))
  const instance: DuckDBInstance = await duck.DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const stop = () => connection.interrupt()
  signal?.addEventListener('abort', stop)
  const orReason = (cause: unknown): never => {
    if (signal?.aborted) throw signal.reason
    throw cause
  }
  for (const sql of engineSettings({ memoryLimit, folder, threads })) await connection.run(sql)
  return {
    folder,
    async run(sql) {
      signal?.throwIfAborted()
      await connection.run(sql).catch(orReason)
    },
    async *rows(sql) {
      signal?.throwIfAborted()
      const result = await connection.stream(jsonRows(sql)).catch(orReason)
      for await (const rows of result.yieldRows()) {
        signal?.throwIfAborted()
        for (const [text] of rows) yield parseExactJson(String(text))
      }
    },
    async close() {
      signal?.removeEventListener('abort', stop)
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

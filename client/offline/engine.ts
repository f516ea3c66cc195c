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

/** What DuckDB could not do. */
export class EngineError extends Error {
  /** DuckDB's own words, without the lines that show where. */
  readonly said: string

  constructor(cause: unknown) {
    const text = cause instanceof Error ? cause.message : String(cause)
    const said = text.split('\n')[0]?.trim() ?? text
    const help = /out of memory/i.test(said)
      ? ' Let it have more: memoryLimit, or --memory-limit.'
      : ''
    super(`DuckDB could not compute this: ${said}.${help}`, { cause })
    this.said = said
  }
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
    throw new EngineError(cause)
  }
  const run = async (sql: string) => {
    signal?.throwIfAborted()
    await connection.run(sql).catch(orReason)
  }
  const close = async () => {
    signal?.removeEventListener('abort', stop)
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const sql of engineSettings({ memoryLimit, folder, threads })) await run(sql)
  } catch (cause) {
    await close()
    throw cause
  }
  return {
    folder,
    run,
    async *rows(sql) {
      signal?.throwIfAborted()
      const result = await connection.stream(jsonRows(sql)).catch(orReason)
      for await (const rows of result.yieldRows()) {
        signal?.throwIfAborted()
        for (const [text] of rows) yield parseExactJson(String(text))
      }
    },
    close,
  }
}

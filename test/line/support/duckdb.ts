import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parseExactJson } from '../../../shared/parse-exact-json.ts'
import type { Line, ListedPart } from './line.ts'

export interface Duck {
  /** Runs SQL and gives its rows, each value as DuckDB writes it as JSON, integers exact. */
  rows(sql: string): Promise<unknown[]>
  /** Runs a statement for what it does. */
  execute(sql: string): Promise<void>
  /** Keeps a source's listed parts as files; gives SQL that reads them, in the catalogue's order. */
  partsOf(line: Pick<Line, 'part' | 'parts'>, source: string): Promise<PartFiles>
  close(): Promise<void>
}

export interface PartFiles {
  readonly parts: readonly ListedPart[]
  /** Reads all parts, ordered by (partition, offset). */
  readonly table: string
}

/** DuckDB in memory, in UTC: a reader of Parquet that shares no code with the writer. */
export async function openDuck(): Promise<Duck> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-line-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  let files = 0
  return {
    async rows(sql) {
      // As JSON: DuckDB's client drops a leading byte order mark from text of its own.
      const reader = await connection.runAndReadAll(
        `SELECT to_json(wanted)::VARCHAR FROM (${sql}) AS wanted`,
      )
      return reader.getRows().map(([text]) => parseExactJson(String(text)))
    },
    async execute(sql) {
      await connection.run(sql)
    },
    async partsOf(line, source) {
      const parts = await line.parts(source)
      const paths: string[] = []
      for (const { name } of parts) {
        const path = join(folder, `${files++}-${name}`)
        await writeFile(path, await line.part(source, name))
        paths.push(`'${path}'`)
      }
      const table = `(SELECT * FROM read_parquet([${paths}]) ORDER BY _partition, _offset)`
      return { parts, table }
    },
    async close() {
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    },
  }
}

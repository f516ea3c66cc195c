import type { Duck } from '../duckdb.ts'
import { type Engine, servedForm, servedTime, textOf } from './served-form.ts'
import type { Column } from './shapes.ts'
import type { RandomSource, RandomView } from './world.ts'

/** What must be served of one entity by one view. */
export interface Wanted {
  readonly effectiveTime: string
  /** By feature. */
  readonly values: ReadonlyMap<string, unknown>
}

/** A row of a source's log with where it lies, whoever read it. */
export interface LogRow {
  /** Partition, offset, ingest time and version. */
  readonly at: string
  /** The columns in order, as they must be served. */
  readonly served: readonly unknown[]
}

const added = ['_partition', '_offset', '_ingest_ts', '_version'] as const

/** The columns that make a row of a log, in order. */
export function logColumns({ columns }: RandomSource): string[] {
  return [...columns.map(({ name }) => name), ...added]
}

/** Reads one row of DuckDB or of the data frame; throws where a value has not its writer's form. */
export function logRow(engine: Engine, { columns }: RandomSource, row: unknown): LogRow {
  const members: { readonly [name: string]: unknown } = { ...Object(row) }
  const [partition, offset, ingestTime, version] = added.map(name => members[name])
  const time = engine === 'DuckDB' ? servedTime(`${ingestTime}`) : ingestTime
  return {
    at: `${partition}/${offset} at ${time} by ${version}`,
    served: columns.map(column => servedForm(engine, column, members[column.name])),
  }
}

/**
 * What "latest" means, said in SQL over the parts: of each entity the row that is last by (event time,
 * `_ingest_ts`, `_partition`, `_offset`), unless it is older than the view's `ttl`. By the text of the entity.
 */
export async function latestRows(
  duck: Duck,
  table: string,
  view: RandomView,
): Promise<Map<string, Wanted>> {
  const keys = view.entities.flatMap(entity => entity.keys)
  const keyColumns = keys.map(({ name }) => quoted(name))
  const time = quoted(view.orderedBy)
  const days = view.ttl?.replace('d', '')
  const rows = await duck.rows(`
    SELECT * EXCLUDE (_place) FROM (
      SELECT
        ${keyColumns.map((column, at) => `${column} AS _key${at},`).join(' ')}
        ${view.features.map(({ name }, at) => `${quoted(name)} AS _feature${at},`).join(' ')}
        ${time} AS _effective,
        row_number() OVER (
          PARTITION BY ${keyColumns.join(', ')}
          ORDER BY ${time} DESC, _ingest_ts DESC, _partition DESC, _offset DESC
        ) AS _place
      FROM ${table}
    )
    WHERE _place = 1 ${days === undefined ? '' : `AND _effective >= now() - INTERVAL ${days} DAY`}`)
  return new Map(
    rows.map(row => {
      const members: { readonly [name: string]: unknown } = { ...Object(row) }
      const entity = keys.map(({ name, kind }, at) => {
        const column: Column = { name, shape: { kind }, nullable: false }
        return servedForm('DuckDB', column, members[`_key${at}`])
      })
      const values = view.features.map(
        (feature, at) =>
          [feature.name, servedForm('DuckDB', feature, members[`_feature${at}`])] as const,
      )
      const effectiveTime = servedTime(`${members._effective}`)
      return [textOf(entity), { effectiveTime, values: new Map(values) }]
    }),
  )
}

function quoted(name: string): string {
  return `"${name}"`
}

import { addedTypes } from '../../../shared/added-columns.ts'
import type { Cut } from '../../../shared/cut.ts'
import { type AnySource, recordFieldsOf } from '../../../shared/definitions/stream-source.ts'
import { sqlName, sqlText } from '../../../shared/expressions/sql-pieces.ts'
import { rowSql } from '../../../shared/expressions/to-sql.ts'
import type { Translator } from '../../../shared/expressions/translator.ts'
import { duckType } from './duck-types.ts'

/** What the rows of a job's nth source are called. */
export function rowsName(at: number): string {
  return `tg_s${at}`
}

/** Makes the rows of a job's nth source, of its files at or under a cut, a view. */
export function makeRows(
  at: number,
  source: AnySource,
  paths: readonly string[],
  cut: Cut,
): string {
  return sourceRowsView(at, source, paths.map(sqlText), cut)
}

/** The same of paths that are SQL already, and of all rows where there is no cut. */
export function sourceRowsView(
  at: number,
  source: AnySource,
  paths: readonly string[],
  cut: Cut | undefined,
): string {
  return `CREATE TEMP VIEW ${rowsName(at)} AS\n${sourceRows(source, paths, cut)}`
}

/** What the rows of a job's nth view are called, where it makes its own of its source's. */
export function transformedName(at: number): string {
  return `tg_t${at}`
}

/** Makes the rows of a job's nth view of those of a source. */
export function makeTransformed(
  at: number,
  rows: string,
  { columns, condition }: Pick<Translator, 'columns' | 'condition'>,
): string {
  return `CREATE TEMP VIEW ${transformedName(at)} AS
SELECT ${columns}, ${added.join(', ')} FROM ${rows} WHERE ${condition}`
}

/** When the oldest row that is left came, in microseconds. */
export function earliestKept(at: number): string {
  return `SELECT min(epoch_us(_ingest_ts)) AS us FROM ${rowsName(at)}`
}

/** The columns that Tidegate adds and training data is ordered by. */
const added = ['_partition', '_offset', '_ingest_ts'] as const

/**
 * Writes a source's rows at or under a cut (all without one), of its parts and tail as Parquet, whose paths are SQL
 * already: what a post-processor makes of them, and the added columns. Files of earlier schemas lack columns: null.
 */
function sourceRows(source: AnySource, paths: readonly string[], cut: Cut | undefined): string {
  const { columns, condition } = rowSql(source)
  const typed = [
    ...recordFieldsOf(source).map(({ name, dtype }) => [name, dtype] as const),
    ...added.map(name => [name, addedTypes[name]] as const),
  ].map(([name, dtype]) => `CAST(NULL AS ${duckType(dtype)}) AS ${sqlName(name)}`)
  const files = `read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = false)`
  const within = cut?.map(
    ({ partition, upTo }) => `(_partition = ${partition} AND _offset <= ${upTo})`,
  )
  const ofCut =
    within === undefined ? '' : ` WHERE ${within.length === 0 ? 'false' : within.join(' OR ')}`
  return `SELECT ${columns}, ${added.join(', ')}
FROM (
  SELECT ${typed.join(', ')} WHERE false
  UNION ALL BY NAME
  SELECT * EXCLUDE (_version) FROM ${files}${ofCut}
)
WHERE ${condition}`
}

/** Counts those of some partitions whose first record is not in a tail. */
export function countBegunLate(tailPath: string, partitions: readonly number[]): string {
  return `SELECT count(*) AS count
FROM (VALUES ${partitions.map(partition => `(${partition})`).join(', ')}) AS known(partition)
LEFT JOIN (
  SELECT _partition, min(_offset) AS first FROM read_parquet(${sqlText(tailPath)}) GROUP BY _partition
) ON _partition = partition
WHERE first IS NULL OR first > 0`
}

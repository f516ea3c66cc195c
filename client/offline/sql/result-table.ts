import { sqlName, sqlText } from '../../../shared/expressions/sql-pieces.ts'
import type { AnyField } from '../../../shared/fields/field.ts'
import { duckType } from './duck-types.ts'

const table = 'tg_result'

/** Keeps an answer, in its order. */
export function keepAnswer(answer: string): readonly string[] {
  return ['SET preserve_insertion_order = true', `CREATE TEMP TABLE ${table} AS ${answer}`]
}

export const countRows = `SELECT count(*) AS count FROM ${table}`

/** Reads an answer's columns by the types of their fields, in its order. */
export function allRows(fields: readonly AnyField[]): string {
  const columns = fields.map(
    ({ name, dtype }) => `CAST(${sqlName(name)} AS ${duckType(dtype)}) AS ${sqlName(name)}`,
  )
  return `SELECT ${columns.join(', ')} FROM ${table}`
}

/** Writes an answer as one Parquet file. */
export function copyToParquet(fields: readonly AnyField[], path: string): string {
  return `COPY (${allRows(fields)}) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`
}

import { sqlName, sqlText } from '../../../shared/expressions/sql-pieces.ts'
import type { AnyType } from '../../../shared/fields/data-type.ts'
import { momentColumn, rowColumn } from './training-view.ts'

export const eventFormats = ['csv', 'parquet', 'json', 'ndjson'] as const
export type EventFormat = (typeof eventFormats)[number]

/** A column as DuckDB describes it. */
export interface DuckColumn {
  readonly name: string
  readonly type: string
}

/** A column that events must have: a join key, or the moment, which has no type of fields. */
export interface CheckedColumn {
  readonly name: string
  /** Absent for the moment. */
  readonly dtype?: AnyType
}

const rawTable = 'tg_raw'
/** The events as scripts take them. */
export const eventsTable = 'tg_events'

/** Lists the columns of a file. */
export function describeEvents(path: string, format: EventFormat): string {
  return `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${reader(path, format)})`
}

/** Reads a file with what is checked as it is written there: sniffed, `007` would be a number. */
export function readEvents(
  path: string,
  format: EventFormat,
  columns: readonly DuckColumn[],
  checked: readonly CheckedColumn[],
): string {
  const isChecked = (name: string) => checked.some(column => column.name === name)
  const types = columns.flatMap(({ name, type }) => {
    if (format === 'csv') return isChecked(name) ? [[name, 'VARCHAR']] : []
    return [[name, isChecked(name) ? 'JSON' : type]]
  })
  const list = `{${types.map(([name, type]) => `${sqlName(name ?? '')}: ${sqlText(type ?? '')}`).join(', ')}}`
  const option = format === 'csv' ? `types = ${list}` : `columns = ${list}`
  return `CREATE TEMP TABLE ${rawTable} AS
SELECT row_number() OVER () - 1 AS ${rowColumn}, * FROM ${reader(path, format, format === 'parquet' ? '' : `, ${option}`)}`
}

function reader(path: string, format: EventFormat, options = ''): string {
  switch (format) {
    case 'csv':
      return `read_csv(${sqlText(path)}, header = true, sample_size = -1${options})`
    case 'parquet':
      return `read_parquet(${sqlText(path)})`
    case 'json':
    case 'ndjson':
      return `read_json(${sqlText(path)}, sample_size = -1${options})`
  }
}

/** Lists rows with a value that is none of its column, the first `most` of them, with how many there are. */
export function badEvents(
  columns: readonly DuckColumn[],
  checked: readonly CheckedColumn[],
  most: number,
): string {
  const each = checked.map(({ name, dtype }) => {
    const column = columnOf(columns, name)
    return `SELECT ${rowColumn} AS index, ${sqlText(name)} AS "column", left(${textOf(column)}, 64) AS got
FROM ${rawTable} WHERE ${typedOf(column, dtype)} IS NULL`
  })
  return `SELECT *, count(*) OVER () AS total FROM (${each.join(' UNION ALL ')}) ORDER BY index, "column" LIMIT ${most}`
}

/** Makes the events of what was read: checked columns by their types, others as what Tidegate has types for. */
export function typedEvents(
  columns: readonly DuckColumn[],
  checked: readonly CheckedColumn[],
  moment: string,
): readonly string[] {
  const own = columns.map(column => {
    const found = checked.find(({ name }) => name === column.name)
    const value = found === undefined ? plainOf(column) : typedOf(column, found.dtype)
    return `${value} AS ${sqlName(column.name)}`
  })
  const at = typedOf(columnOf(columns, moment), undefined)
  return [
    `CREATE TEMP TABLE ${eventsTable} AS
SELECT ${[rowColumn, `epoch_us(${at}) AS ${momentColumn}`, ...own].join(', ')} FROM ${rawTable}`,
    `DROP TABLE ${rawTable}`,
  ]
}

function columnOf(columns: readonly DuckColumn[], name: string): DuckColumn {
  const column = columns.find(one => one.name === name)
  if (column === undefined) throw new TypeError(`The events have no column "${name}".`)
  return column
}

const plainTypes = ['VARCHAR', 'BOOLEAN', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE']
const integers = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER']
const wideIntegers = ['HUGEINT', 'UHUGEINT', 'UBIGINT']

/** The types of an events' own column, and how it is kept. */
function plainOf({ name, type }: DuckColumn): string {
  const value = sqlName(name)
  if (plainTypes.includes(type)) return value
  if (integers.includes(type)) return `${value}::BIGINT`
  if (type.startsWith('TIMESTAMP')) return `${value}::TIMESTAMPTZ`
  if (type.startsWith('DECIMAL')) return `${value}::DOUBLE`
  return /[[(]/.test(type) ? `to_json(${value})::VARCHAR` : `${value}::VARCHAR`
}

function textOf({ name, type }: DuckColumn): string {
  return type === 'JSON' ? `${sqlName(name)} ->> '$'` : `${sqlName(name)}::VARCHAR`
}

/** A checked column's value by its type, or null where it is none of it. */
function typedOf(column: DuckColumn, dtype: AnyType | undefined): string {
  const value = sqlName(column.name)
  const text = textOf(column)
  const isText = column.type === 'VARCHAR'
  const json = (kinds: readonly string[], of: string) =>
    `CASE WHEN json_type(${value}) IN (${kinds.map(sqlText).join(', ')}) THEN ${of} END`
  const when = (kinds: readonly string[], of: string, isOwn: boolean, own: string) => {
    if (column.type === 'JSON') return json(kinds, of)
    if (isText) return of
    return isOwn ? own : 'NULL'
  }
  switch (dtype?.kind) {
    case undefined: {
      const isDay = `regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+( ?(Z|[+-][0-9:]+))?)?')`
      const time = `CASE WHEN ${isDay} THEN TRY_CAST(${text} AS TIMESTAMPTZ) END`
      const isTime = column.type.startsWith('TIMESTAMP') || column.type === 'DATE'
      return when(['VARCHAR'], time, isTime, `${value}::TIMESTAMPTZ`)
    }
    case 'string':
      return when(['VARCHAR'], text, false, '')
    case 'bool': {
      const flag = `CASE WHEN ${text} IN ('true', 'false') THEN ${text} = 'true' END`
      return when(['BOOLEAN'], flag, column.type === 'BOOLEAN', value)
    }
    default: {
      const type = dtype?.kind === 'int32' ? 'INTEGER' : 'BIGINT'
      const number = `CASE WHEN regexp_full_match(${text}, '-?[0-9]+') THEN TRY_CAST(${text} AS ${type}) END`
      const isNumber = [...integers, ...wideIntegers].includes(column.type)
      return when(
        ['BIGINT', 'UBIGINT', 'VARCHAR'],
        number,
        isNumber,
        `TRY_CAST(${value} AS ${type})`,
      )
    }
  }
}

/** Counts the events before a moment. */
export function countEventsBefore(us: bigint): string {
  return `SELECT count(*) AS count FROM ${eventsTable} WHERE ${momentColumn} < ${us}`
}

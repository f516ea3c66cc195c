import { open } from 'node:fs/promises'
import { extname, join } from 'node:path'
import * as v from 'valibot'
import { bool } from '../../shared/fields/bool-type.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { float32, float64 } from '../../shared/fields/float-types.ts'
import { int32, int64 } from '../../shared/fields/integer-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { string } from '../../shared/fields/string-type.ts'
import { timestamp } from '../../shared/fields/timestamp-type.ts'
import { type Engine, EngineError } from './engine.ts'
import { badEventsError, EventListError } from './event-list-error.ts'
import { exactJson } from './exact-json.ts'
import {
  badEvents,
  type CheckedColumn,
  type DuckColumn,
  describeEvents,
  type EventFormat,
  eventFormats,
  readEvents,
  typedEvents,
} from './sql/event-list-sql.ts'

/** Whose features are wanted, and of when: objects, or a file of CSV, Parquet or JSON. */
export type EventList =
  | Iterable<object>
  | AsyncIterable<object>
  | { readonly file: string; readonly format?: EventFormat }

export interface EventListColumns {
  readonly joinKeys: readonly AnyField[]
  /** The column of the moments; the only one of times if absent. */
  readonly timestampKey: string | undefined
}

const mostBad = 20
const describedSchema = v.object({ column_name: v.string(), column_type: v.string() })
const badSchema = v.object({
  index: v.number(),
  column: v.string(),
  got: v.nullable(v.string()),
  total: v.number(),
})

/**
 * Loads an event list as the table that scripts take, in its own order; gives its columns. Throws an EventListError
 * that names each bad row, up to 20, where a join key or a moment is missing or of another type.
 */
export async function loadEvents(
  engine: Engine,
  events: EventList,
  { joinKeys, timestampKey }: EventListColumns,
): Promise<readonly AnyField[]> {
  const { path, format, name } = await fileOf(engine, events)
  const asked = async (sql: string) => {
    const rows: unknown[] = []
    for await (const row of engine.rows(sql)) rows.push(row)
    return rows
  }
  const orError = (cause: unknown): never => {
    if (!(cause instanceof EngineError)) throw cause
    throw new EventListError(`${name} cannot be read as ${format}: ${cause.said}`)
  }
  const described = await asked(describeEvents(path, format)).catch(orError)
  const columns = described.map((row): DuckColumn => {
    const { column_name, column_type } = v.parse(describedSchema, row)
    return { name: column_name, type: column_type }
  })
  const moment = timestampKey ?? momentOf(name, columns)
  const checked: readonly CheckedColumn[] = [
    ...joinKeys.map(({ name, dtype }) => ({ name, dtype })),
    { name: moment },
  ]
  requireColumns(name, columns, checked)
  await engine.run(readEvents(path, format, columns, checked)).catch(orError)
  const kept = columns.map(column => ({ ...column, type: typeAsRead(column, format, checked) }))
  const bad = (await asked(badEvents(kept, checked, mostBad))).map(row => v.parse(badSchema, row))
  if (bad[0] !== undefined) {
    const wanted = new Map([
      ...joinKeys.map(key => [key.name, key.dtype.kind] as const),
      [moment, 'a time (ISO 8601)'],
    ])
    throw badEventsError(
      name,
      bad.map(({ total: _, ...one }) => one),
      bad[0].total,
      wanted,
    )
  }
  for (const sql of typedEvents(kept, checked, moment)) await engine.run(sql)
  return kept.map(({ name, type }) => ({
    name,
    dtype:
      name === moment
        ? timestamp
        : (joinKeys.find(key => key.name === name)?.dtype ?? ownType(type)),
    nullable: true,
  }))
}

async function fileOf(
  engine: Engine,
  events: EventList,
): Promise<{ readonly path: string; readonly format: EventFormat; readonly name: string }> {
  if ('file' in events) {
    const { file, format } = events
    const ending = extname(file).slice(1).replace('jsonl', 'ndjson')
    const found = format ?? eventFormats.find(known => known === ending)
    if (found !== undefined) return { path: file, format: found, name: file }
    throw new EventListError(
      `${file}: What format it has cannot be told by its name; say csv, parquet, json or ndjson.`,
    )
  }
  const path = join(engine.folder, 'events.ndjson')
  const file = await open(path, 'w', 0o600)
  try {
    let index = 0
    for await (const event of events) {
      if (!isPlainObject(event)) {
        throw new EventListError(
          `events: row ${index} is an object but received ${describe(event)}.`,
        )
      }
      await file.writeFile(`${exactJson(event)}\n`)
      index++
    }
    if (index === 0) throw new EventListError('events: The list is empty.')
  } finally {
    await file.close()
  }
  return { path, format: 'ndjson', name: 'events' }
}

function momentOf(name: string, columns: readonly DuckColumn[]): string {
  const times = columns.filter(({ type }) => type.startsWith('TIMESTAMP'))
  const [only] = times
  if (only !== undefined && times.length === 1) return only.name
  const found = times.length === 0 ? 'none' : times.map(({ name }) => name).join(', ')
  throw new EventListError(
    `${name}: Name the column that says when each event was; columns of times are: ${found}.`,
  )
}

function requireColumns(
  name: string,
  columns: readonly DuckColumn[],
  checked: readonly CheckedColumn[],
): void {
  const names = columns.map(column => column.name)
  const missing = checked.filter(column => !names.includes(column.name))
  if (missing.length > 0) {
    throw new EventListError(
      `${name}: There is no column ${missing.map(column => `"${column.name}"`).join(', ')}; the columns are ${names.join(', ')}.`,
    )
  }
  const reserved = names.find(own => own.toLowerCase().startsWith('_tg_'))
  if (reserved === undefined) return
  throw new EventListError(
    `${name}: The column "${reserved}" has a name that is used here; rename it.`,
  )
}

function typeAsRead(
  { name, type }: DuckColumn,
  format: EventFormat,
  checked: readonly CheckedColumn[],
): string {
  if (format === 'parquet' || !checked.some(column => column.name === name)) return type
  return format === 'csv' ? 'VARCHAR' : 'JSON'
}

function ownType(type: string): AnyType {
  const known: { readonly [type: string]: AnyType } = {
    BOOLEAN: bool,
    INTEGER: int32,
    FLOAT: float32,
    DOUBLE: float64,
  }
  if (type.startsWith('TIMESTAMP')) return timestamp
  if (type.startsWith('DECIMAL')) return float64
  if (/^(TINYINT|SMALLINT|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/.test(type)) return int64
  return known[type] ?? string
}

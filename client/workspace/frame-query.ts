import { type AddedColumn, addedTypes } from '../../shared/added-columns.ts'
import { parseCut, parsePlace } from '../../shared/cut.ts'
import {
  type AnySource,
  eventTimeFieldOf,
  type RecordFields,
  recordFieldsOf,
} from '../../shared/definitions/stream-source.ts'
import type { AnyField, RowOf } from '../../shared/fields/field.ts'
import { requireOptions } from '../../shared/fields/options.ts'
import { describe } from '../../shared/fields/refusal.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { parseDayOrTime, timestampOfMs } from '../../shared/timestamp.ts'
import type { DataFrameQuery } from './data-frame.ts'

/** A source's columns, and those that Tidegate adds. */
export type ColumnOf<Source extends AnySource> = Source['schema'][number]['name'] | AddedColumn

/** What is read back for some columns of a source. */
export type FrameRow<Source extends AnySource, Column extends string> = {
  [Name in Column]: Name extends keyof AddedRow
    ? AddedRow[Name]
    : Name extends keyof RowOf<Source['schema']>
      ? RowOf<Source['schema']>[Name]
      : unknown
}

/** The columns that records of a source have as they were sent, and those that Tidegate adds. */
export type SentColumnOf<Source extends AnySource> =
  | RecordFields<Source>[number]['name']
  | AddedColumn

/** What is read back for some columns of a source's records as they were sent. */
export type SentRow<Source extends AnySource, Column extends string> = {
  [Name in Column]: Name extends keyof AddedRow
    ? AddedRow[Name]
    : Name extends keyof RowOf<RecordFields<Source>>
      ? RowOf<RecordFields<Source>>[Name]
      : unknown
}

interface AddedRow {
  readonly _partition: number
  readonly _offset: bigint
  readonly _ingest_ts: string
  readonly _version: bigint
}

export interface DataframeOptions<Column extends string = string> {
  /** Rows at or after this event time; a text without a zone is UTC, a day is its first moment. */
  readonly startTime?: Date | string
  /** Rows before this event time. */
  readonly endTime?: Date | string
  /** Absent: the source's own columns, in schema order. */
  readonly columns?: readonly Column[]
  /**
   * True unless said otherwise. Where a post-processor makes rows, false gives what was sent instead; that has no
   * event time, and so no range.
   */
  readonly applyTranslator?: boolean
  /** Reads the rows of an earlier data frame, or those that served features are a fold of. */
  readonly cut?: string
  /** Goes on after the row at `PARTITION:OFFSET` of the cut. */
  readonly after?: string
  readonly signal?: AbortSignal
}

const known = ['startTime', 'endTime', 'columns', 'applyTranslator', 'cut', 'after', 'signal']

/** Makes the query that options mean for a source; throws a ValidationError where they mean none. */
export function frameQuery(source: AnySource, options: DataframeOptions): DataFrameQuery {
  const where = `getDataframe of source "${source.name}"`
  // What is misspelt would bring rows that nobody asked for.
  requireOptions(where, options, known)
  const { columns, startTime, endTime, applyTranslator = true, cut, after, signal } = options
  const times = { start_time: startTime, end_time: endTime }
  const range = Object.entries(times).flatMap(([name, time]) => {
    if (time === undefined) return []
    if (!applyTranslator) {
      throw new ValidationError(`${where}: startTime and endTime need applyTranslator.`)
    }
    if (eventTimeFieldOf(source) === undefined) {
      throw new ValidationError(
        `${where}: The source has no event time, so startTime and endTime cannot be given.`,
      )
    }
    return [[name, requireTime(where, time)] as const]
  })
  if (cut !== undefined && parseCut(cut) === undefined) {
    throw new ValidationError(
      `${where}: cut is that of a data frame or of marks but received ${describe(cut)}.`,
    )
  }
  if (after !== undefined && (cut === undefined || parsePlace(after) === undefined)) {
    throw new ValidationError(
      `${where}: after is PARTITION:OFFSET and goes with cut but received ${describe(after)}.`,
    )
  }
  return {
    source: source.name,
    fields: requireColumns(
      where,
      applyTranslator ? source.schema : recordFieldsOf(source),
      columns,
    ),
    range: Object.fromEntries(range),
    isAsSent: !applyTranslator && source.streamConfig.postProcessor !== undefined,
    resume: cut === undefined ? undefined : { cut, ...(after === undefined ? {} : { after }) },
    signal,
  }
}

function requireTime(where: string, time: Date | string): string {
  const canonical =
    typeof time === 'string'
      ? parseDayOrTime(time)
      : isDate(time)
        ? timestampOfMs(time.getTime())
        : undefined
  if (canonical !== undefined) return canonical
  throw new ValidationError(
    `${where}: A time is a Date or ISO 8601, such as 2026-01-31T12:00:00Z, but received ${describe(time)}.`,
  )
}

/** Also a Date of another realm; null or a number are not times that somebody meant. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]'
}

function requireColumns(
  where: string,
  schema: readonly AnyField[],
  names: readonly string[] | undefined,
): readonly AnyField[] {
  if (names === undefined) return schema
  const known = new Map<string, AnyField>(schema.map(field => [field.name, field]))
  for (const [name, dtype] of Object.entries(addedTypes)) {
    known.set(name, { name, dtype, nullable: false })
  }
  if (!Array.isArray(names) || names.length === 0) {
    throw new ValidationError(`${where}: columns is a list that names one at least.`)
  }
  return [...new Set(names)].map(name => {
    const field = known.get(name)
    if (field !== undefined) return field
    throw new ValidationError(
      `${where}: There is no column ${describe(name)}; the columns are ${[...known.keys()].join(', ')}.`,
    )
  })
}

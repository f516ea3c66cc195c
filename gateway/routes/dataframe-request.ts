import { type Cut, type Place, parseCut, parsePlace } from '../../shared/cut.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { parseDayOrTime } from '../../shared/timestamp.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { columnIds } from '../offline/column-ids.ts'
import type { DataFrameQuery } from '../offline/data-frame.ts'
import { addedFields } from '../offline/parquet-schema.ts'
import { preferredType } from './preferred-type.ts'
import { Problem } from './problem.ts'

/** How each format is called in HTTP, and in which order they are thought of. */
export const frameTypes = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const
export type FrameFormat = keyof typeof frameTypes
const formats = ['ndjson', 'csv', 'parquet', 'arrow'] as const satisfies readonly FrameFormat[]

const known = [
  ...['format', 'columns', 'start_time', 'end_time', 'apply_translator'],
  ...['cut', 'after', 'above', 'source_id', 'progress'],
]

/** What a request for a data frame asks for; its cut is read apart. */
export interface FrameRequest {
  readonly query: DataFrameQuery
  readonly format: FrameFormat
  /** The columns with their types, in the order of a row. */
  readonly columns: readonly AnyField[]
  /** The columns' ids in Parquet: those that they have in parts, where these hold the rows as they are. */
  readonly ids: ReadonlyMap<string, number>
  readonly progress: boolean
}

/** Reads the parameters of a request for a data frame; throws a Problem that says what is wrong with one. */
export function parseFrameRequest(
  compiled: CompiledSource,
  parameters: URLSearchParams,
  accept: string | undefined,
): FrameRequest {
  const { source, fields, versions } = compiled
  requireKnown(parameters)
  const format = formatOf(parameters.get('format'), accept)
  const asSent = isAsSent(parameters)
  const rows = asSent ? fields : compiled.rows
  const columns = columnsOf(rows, parameters.get('columns'))
  const startTime = timeOf(compiled, 'start_time', parameters)
  const endTime = timeOf(compiled, 'end_time', parameters)
  const after = afterOf(format, parameters)
  const above = aboveOf(parameters)
  const progress = flagOf('progress', parameters) ?? false
  if (progress && format !== 'ndjson') {
    throw malformed('"progress" adds lines to NDJSON and to no other format.')
  }
  const query = {
    workspaceId: source.workspaceId,
    sourceId: source.id,
    partitions: source.partitions,
    fields,
    definitionVersion: source.version,
    making: asSent ? { toPresent: versions.toPresent } : versions,
    columns: columns.map(({ name }) => name),
    ...(asSent || source.eventTimeField === undefined
      ? {}
      : { eventTimeField: source.eventTimeField }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(after === undefined ? {} : { after }),
    ...(above === undefined ? {} : { above }),
  }
  return {
    query,
    format,
    columns,
    ids: columnIds(rows === fields ? versions.all : [rows]),
    progress,
  }
}

/** A range that is spelled otherwise and passed over would give the whole log. */
function requireKnown(parameters: URLSearchParams): void {
  const names = [...parameters.keys()]
  for (const [at, name] of names.entries()) {
    const shown = name.slice(0, 64)
    if (!known.includes(name)) {
      throw malformed(`There is no parameter "${shown}"; the parameters are ${known.join(', ')}.`)
    }
    if (names.indexOf(name) < at) throw malformed(`"${shown}" is given twice.`)
  }
}

/** The format by its name, else by the `Accept` header, else NDJSON. */
function formatOf(name: string | null, accept: string | undefined): FrameFormat {
  const found = formats.find(format => format === name)
  if (found !== undefined) return found
  if (name !== null && name !== '') {
    throw malformed(`"format" is one of ${formats.join(', ')}; got "${name.slice(0, 64)}".`)
  }
  const type = preferredType(accept, [
    'application/x-ndjson',
    'text/csv',
    frameTypes.parquet,
    frameTypes.arrow,
  ])
  return formats.find(format => frameTypes[format].startsWith(type)) ?? 'ndjson'
}

/** Whether the rows are wanted as they were sent, which have no event time. */
function isAsSent(parameters: URLSearchParams): boolean {
  if (flagOf('apply_translator', parameters) ?? true) return false
  const time = ['start_time', 'end_time'].find(name => parameters.get(name))
  if (time === undefined) return true
  throw malformed(
    `What was sent has no event time, so ${time} needs the translator; leave one of them out.`,
  )
}

function timeOf(
  { source }: CompiledSource,
  parameter: string,
  parameters: URLSearchParams,
): string | undefined {
  const text = parameters.get(parameter)
  if (text === null || text === '') return undefined
  if (source.eventTimeField === undefined) {
    throw malformed(
      `Source "${source.name}" has no event time, so ${parameter} cannot be asked for.`,
    )
  }
  const time = parseDayOrTime(text)
  if (time !== undefined) return time
  throw malformed(
    `"${parameter}" is no ISO 8601 time such as 2026-01-31T12:00:00Z: got "${text.slice(0, 64)}".`,
  )
}

function afterOf(format: FrameFormat, parameters: URLSearchParams): Place | undefined {
  const text = parameters.get('after')
  if (text === null) return undefined
  if (format === 'parquet' || format === 'arrow') {
    throw malformed(
      `A data frame that broke off is resumed as NDJSON or CSV; read it anew as ${format}, by the same "cut" for the same rows.`,
    )
  }
  const after = parsePlace(text)
  if (after !== undefined && parameters.has('cut')) return after
  throw malformed(
    `"after" is PARTITION:OFFSET of the last row that came, and goes with "cut"; got "${text.slice(0, 64)}".`,
  )
}

/** Offsets of partitions whose rows the reader has, of parts that it fetched: only the others are given. */
function aboveOf(parameters: URLSearchParams): Cut | undefined {
  const text = parameters.get('above')
  if (text === null) return undefined
  const above = parseCut(text)
  if (above !== undefined) return above
  throw malformed(`"above" is a list of PARTITION:OFFSET; got "${text.slice(0, 64)}".`)
}

function columnsOf(fields: readonly AnyField[], text: string | null): readonly AnyField[] {
  if (text === null || text === '') return fields
  const known = new Map([...fields, ...addedFields].map(field => [field.name, field]))
  const names = new Set(text.split(',').map(name => name.trim()))
  return [...names].map(name => {
    const field = known.get(name)
    if (field !== undefined) return field
    throw malformed(
      `There is no column "${name.slice(0, 64)}"; the columns are ${[...known.keys()].join(', ')}.`,
    )
  })
}

function flagOf(parameter: string, parameters: URLSearchParams): boolean | undefined {
  const text = parameters.get(parameter)
  if (text === null || text === '') return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw malformed(`"${parameter}" is true or false; got "${text.slice(0, 64)}".`)
}

function malformed(detail: string): Problem {
  return new Problem('malformed_request', detail)
}

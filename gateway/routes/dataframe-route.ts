import { type Cut, formatCut, parseCut, parsePlace } from '../../shared/cut.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { parseDayOrTime } from '../../shared/timestamp.ts'
import { causeOf } from '../cause-of.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { refusalOfCut, takeCut } from '../offline/cut.ts'
import { type DataFrameQuery, ExpiredRows, readDataFrame } from '../offline/data-frame.ts'
import { addedColumns } from '../offline/parquet-schema.ts'
import { DamagedPart } from '../offline/whole-part.ts'
import type { Clock, PartStore, Peers, Report } from '../ports.ts'
import { Problem } from './problem.ts'
import { requireOfflineLog } from './require-offline-log.ts'

export interface FramePorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly parts: PartStore
  readonly report: Report
}

/**
 * Answers `GET …/dataframe`: NDJSON, streamed; a failure in the middle breaks the connection. The header
 * `tidegate-cut` is the token to go on by: `cut=TOKEN&after=PARTITION:OFFSET` gives the rest of the same rows, or
 * the reason why there is none. `progress=true` adds lines that say how far it is and that it is complete. Throws
 * a StaleDefinitions before the first byte where a newer definition admitted some of the rows.
 */
export async function answerDataFrame(
  ports: FramePorts,
  compiled: CompiledSource,
  parameters: URLSearchParams,
): Promise<Response> {
  requireOfflineLog(compiled)
  const query = queryOf(compiled, parameters)
  const cut = await cutOf(ports, query, parameters)
  const progress = parameters.get('progress') === 'true'
  const lines = readDataFrame(ports, { ...query, cut, ...afterOf(parameters), progress })
  // Whoever goes on met something that broke the reading: it is said before a stream can only break again.
  let first = parameters.has('cut') ? await firstOf(ports, compiled, lines) : undefined
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = first ?? (await lines.next())
        first = undefined
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (cause) {
        ports.report('data frame broke off', { source: compiled.source.id, cause: causeOf(cause) })
        controller.error(cause)
      }
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
  const headers = { 'content-type': 'application/x-ndjson', 'tidegate-cut': formatCut(cut) }
  return new Response(body, { headers })
}

async function firstOf(
  { report }: FramePorts,
  { source }: CompiledSource,
  lines: AsyncGenerator<string>,
): Promise<IteratorResult<string>> {
  try {
    return await lines.next()
  } catch (cause) {
    if (cause instanceof ExpiredRows) throw new Problem('expired', cause.message)
    if (!(cause instanceof DamagedPart)) throw cause
    report('part is damaged', { source: source.id, reason: cause.message })
    throw new Problem('damaged', cause.message)
  }
}

async function cutOf(
  ports: FramePorts,
  query: DataFrameQuery,
  parameters: URLSearchParams,
): Promise<Cut> {
  const text = parameters.get('cut')
  if (text === null) return takeCut(ports, query)
  const cut = parseCut(text)
  const refusal =
    cut === undefined ? 'it is no list of PARTITION:OFFSET' : await refusalOfCut(ports, query, cut)
  if (cut !== undefined && refusal === undefined) return cut
  throw new Problem(
    'malformed_request',
    `"cut" is the tidegate-cut of an earlier answer; got "${text.slice(0, 64)}": ${refusal}.`,
  )
}

function afterOf(parameters: URLSearchParams): Pick<DataFrameQuery, 'after'> {
  const text = parameters.get('after')
  if (text === null) return {}
  const after = parsePlace(text)
  if (after !== undefined && parameters.has('cut')) return { after }
  throw new Problem(
    'malformed_request',
    `"after" is PARTITION:OFFSET of the last row that came, and goes with "cut"; got "${text.slice(0, 64)}".`,
  )
}

function queryOf(compiled: CompiledSource, parameters: URLSearchParams): DataFrameQuery {
  const { source, fields, versions } = compiled
  const asSent = isAsSent(parameters)
  const rows = asSent ? fields : compiled.rows
  const startTime = timeOf(source.name, source.eventTimeField, 'start_time', parameters)
  const endTime = timeOf(source.name, source.eventTimeField, 'end_time', parameters)
  return {
    workspaceId: source.workspaceId,
    sourceId: source.id,
    partitions: source.partitions,
    fields,
    definitionVersion: source.version,
    making: asSent ? { toPresent: versions.toPresent } : versions,
    rows,
    columns: columnsOf(rows, parameters.get('columns')),
    ...(asSent || source.eventTimeField === undefined
      ? {}
      : { eventTimeField: source.eventTimeField }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
  }
}

/** Whether the rows are wanted as they were sent, which have no event time. */
function isAsSent(parameters: URLSearchParams): boolean {
  const text = parameters.get('apply_translator') ?? 'true'
  if (text !== 'true' && text !== 'false') {
    throw new Problem(
      'malformed_request',
      `"apply_translator" is true or false: got "${text.slice(0, 64)}".`,
    )
  }
  if (text === 'true') return false
  const time = ['start_time', 'end_time'].find(name => parameters.get(name))
  if (time === undefined) return true
  throw new Problem(
    'malformed_request',
    `What was sent has no event time, so ${time} needs the translator; leave one of them out.`,
  )
}

function timeOf(
  source: string,
  field: string | undefined,
  parameter: string,
  parameters: URLSearchParams,
): string | undefined {
  const text = parameters.get(parameter)
  if (text === null || text === '') return undefined
  if (field === undefined) {
    throw new Problem(
      'malformed_request',
      `Source "${source}" has no event time, so ${parameter} cannot be asked for.`,
    )
  }
  const time = parseDayOrTime(text)
  if (time !== undefined) return time
  throw new Problem(
    'malformed_request',
    `"${parameter}" is no ISO 8601 time such as 2026-01-31T12:00:00Z: got "${text.slice(0, 64)}".`,
  )
}

function columnsOf(fields: readonly AnyField[], text: string | null): readonly string[] {
  const names = fields.map(({ name }) => name)
  if (text === null || text === '') return names
  const known = new Set<string>([...names, ...addedColumns])
  const columns = [...new Set(text.split(',').map(name => name.trim()))]
  const unknown = columns.find(name => !known.has(name))
  if (unknown === undefined) return columns
  throw new Problem(
    'malformed_request',
    `There is no column "${unknown.slice(0, 64)}"; the columns are ${[...known].join(', ')}.`,
  )
}

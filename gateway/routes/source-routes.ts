import type { AnyField } from '../../shared/fields/field.ts'
import { parseTimestamp, timestampOfMicros } from '../../shared/timestamp.ts'
import { causeOf } from '../cause-of.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { type Cut, formatCut, parseCut, parsePlace, refusalOfCut, takeCut } from '../offline/cut.ts'
import { type DataFrameQuery, readDataFrame } from '../offline/data-frame.ts'
import { listParts } from '../offline/list-parts.ts'
import { addedColumns } from '../offline/parquet-schema.ts'
import { DamagedPart, getWholePart } from '../offline/whole-part.ts'
import type { Clock, PartStore, Peers, Report } from '../ports.ts'
import { Problem } from './problem.ts'
import { sourceSummary, summaryTable } from './source-summary.ts'

export interface ReadPorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly parts: PartStore
  readonly report: Report
}

/** Answers `GET …/columns`: the schema's field names in order. */
export function answerColumns({ fields }: CompiledSource): Response {
  return Response.json({ columns: fields.map(({ name }) => name) })
}

/** Answers `GET …/summary`: JSON, or a bordered table for whoever accepts plain text. */
export async function answerSummary(
  { peers }: ReadPorts,
  workspace: string,
  compiled: CompiledSource,
  accept: string | undefined,
): Promise<Response> {
  const summary = await sourceSummary(peers, workspace, compiled)
  if (!accept?.includes('text/plain')) return Response.json(summary)
  return new Response(summaryTable(summary), {
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}

/**
 * Answers `GET …/dataframe`: NDJSON, streamed; a failure in the middle breaks the connection. The header
 * `tidegate-cut` is the token to go on by: `cut=TOKEN&after=PARTITION:OFFSET` gives the rest of the same rows.
 */
export async function answerDataFrame(
  ports: ReadPorts,
  compiled: CompiledSource,
  parameters: URLSearchParams,
): Promise<Response> {
  requireOfflineLog(compiled)
  const query = queryOf(compiled, parameters)
  const cut = await cutOf(ports, query, parameters)
  const lines = readDataFrame(ports, { ...query, cut, ...afterOf(parameters) })
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await lines.next()
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

async function cutOf(
  ports: ReadPorts,
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

/** Answers `GET …/parts`: what the catalogue lists. */
export async function answerParts(
  { peers }: ReadPorts,
  compiled: CompiledSource,
): Promise<Response> {
  requireOfflineLog(compiled)
  const { workspaceId, id } = compiled.source
  const { parts } = await listParts(peers.catalogue(workspaceId, id))
  return Response.json({ parts: parts.map(publicPart) })
}

/** Answers `GET …/parts/{name}`: the file; the name is looked up in this source's catalogue only. */
export async function answerPart(
  { peers, parts, report }: ReadPorts,
  { source }: CompiledSource,
  name: string,
): Promise<Response> {
  const part = await peers
    .catalogue(source.workspaceId, source.id)
    .part({ format: messageFormat, name })
  if (part === undefined) {
    throw new Problem(
      'unknown_part',
      `Source "${source.name}" has no part "${name.slice(0, 128)}".`,
    )
  }
  const bytes = await getWholePart(parts, part).catch(cause => {
    if (!(cause instanceof DamagedPart)) throw cause
    report('part is damaged', { source: source.id, reason: cause.message })
    throw new Problem('damaged', cause.message)
  })
  return new Response(bytes, {
    headers: {
      'content-type': 'application/vnd.apache.parquet',
      etag: `"${part.sha256}"`,
    },
  })
}

/** Answers `POST …/roll`: turns every partition's tail into parts now. */
export async function answerRoll(
  { peers }: ReadPorts,
  compiled: CompiledSource,
): Promise<Response> {
  requireOfflineLog(compiled)
  const { workspaceId, id, partitions } = compiled.source
  const rolled = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const peer = peers.partition(workspaceId, id, partition)
      const { status, parts, reason } = await peer.roll({ format: messageFormat })
      return { partition, status, parts, ...(reason === undefined ? {} : { reason }) }
    }),
  )
  return Response.json({ rolled })
}

function requireOfflineLog({ source }: CompiledSource): void {
  if (source.logOffline) return
  throw new Problem(
    'no_offline_log',
    `Source "${source.name}" keeps no offline log here (logOffline is false); its history is read from its batch config, which this version cannot do.`,
  )
}

function queryOf(compiled: CompiledSource, parameters: URLSearchParams): DataFrameQuery {
  const { source, fields } = compiled
  const startTime = timeOf(source.name, source.eventTimeField, 'start_time', parameters)
  const endTime = timeOf(source.name, source.eventTimeField, 'end_time', parameters)
  return {
    workspaceId: source.workspaceId,
    sourceId: source.id,
    partitions: source.partitions,
    fields,
    columns: columnsOf(fields, parameters.get('columns')),
    ...(source.eventTimeField === undefined ? {} : { eventTimeField: source.eventTimeField }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
  }
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
  const time = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text)
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

/** A part as readers see it: no object key, since names are looked up and keys are not. */
function publicPart({ key: _, committedUs, ...part }: Part) {
  return { ...part, committedAt: timestampOfMicros(BigInt(committedUs)) }
}

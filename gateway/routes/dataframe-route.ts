import { type Cut, formatCut, parseCut } from '../../shared/cut.ts'
import { causeOf } from '../cause-of.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { refusalOfCut, takeCut } from '../offline/cut.ts'
import {
  type DataFrameQuery,
  ExpiredRows,
  type FramePorts,
  type FrameStep,
  readDataFrame,
} from '../offline/data-frame.ts'
import { frameArrow } from '../offline/frame-arrow.ts'
import { frameCsv } from '../offline/frame-csv.ts'
import { frameNdjson } from '../offline/frame-ndjson.ts'
import { frameParquet } from '../offline/frame-parquet.ts'
import { DamagedPart } from '../offline/whole-part.ts'
import type { Report } from '../ports.ts'
import { type FrameRequest, frameTypes, parseFrameRequest } from './dataframe-request.ts'
import { Problem } from './problem.ts'
import { requireOfflineLog } from './require-offline-log.ts'

interface RoutePorts extends FramePorts {
  readonly report: Report
}

type Written = AsyncGenerator<string | Uint8Array>

/**
 * Answers `GET …/dataframe`: NDJSON, CSV, Parquet or Arrow, streamed; a failure in the middle breaks the connection.
 * The header `tidegate-cut` is the token to go on by: `cut=TOKEN&after=PARTITION:OFFSET` gives the rest of the same
 * rows, or the reason why there is none; with `source_id=` of `tidegate-source` only while the source is that one.
 * `above=CUT` leaves out rows that the reader has of parts. Throws a StaleDefinitions before the first byte where a
 * newer definition admitted some of the rows.
 */
export async function answerDataFrame(
  ports: RoutePorts,
  compiled: CompiledSource,
  parameters: URLSearchParams,
  accept?: string,
): Promise<Response> {
  requireOfflineLog(compiled)
  requireSameSource(compiled, parameters)
  const request = parseFrameRequest(compiled, parameters, accept)
  const cut = await cutOf(ports, request.query, parameters)
  const steps = readDataFrame(ports, { ...request.query, cut })
  const written = writeFrame(request, steps)
  // Whoever goes on met something that broke the reading: it is said before a stream can only break again.
  const goesOn = parameters.has('cut') || parameters.has('above')
  let first = goesOn ? await firstOf(ports, compiled, written) : undefined
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = first ?? (await written.next())
        first = undefined
        if (done) controller.close()
        else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
      } catch (cause) {
        ports.report('data frame broke off', { source: compiled.source.id, cause: causeOf(cause) })
        controller.error(cause)
      }
    },
    async cancel() {
      await written.return(undefined)
    },
  })
  const headers = {
    'content-type': frameTypes[request.format],
    'tidegate-cut': formatCut(cut),
    'tidegate-source': compiled.source.id,
  }
  return new Response(body, { headers })
}

function writeFrame(
  { format, columns, ids, progress, query }: FrameRequest,
  steps: AsyncGenerator<FrameStep>,
): Written {
  switch (format) {
    case 'ndjson':
      return frameNdjson(columns, steps, progress)
    case 'csv':
      return frameCsv(columns, steps, query.after !== undefined)
    case 'parquet':
      return frameParquet(columns, ids, steps)
    case 'arrow':
      return frameArrow(columns, steps)
  }
}

/** Offsets of another source of the same name are not those that a reader goes on from. */
function requireSameSource({ source }: CompiledSource, parameters: URLSearchParams): void {
  const wanted = parameters.get('source_id')
  if (wanted === null || wanted === source.id) return
  throw new Problem(
    'expired',
    `Source "${source.name}" was recreated: it is ${source.id} and no more ${wanted.slice(0, 64)}. Read it anew.`,
  )
}

async function firstOf(
  { report }: RoutePorts,
  { source }: CompiledSource,
  written: Written,
): Promise<IteratorResult<string | Uint8Array>> {
  try {
    return await written.next()
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

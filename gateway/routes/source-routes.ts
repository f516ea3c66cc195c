import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { listParts } from '../offline/list-parts.ts'
import { DamagedPart, getWholePart } from '../offline/whole-part.ts'
import type { PartStore, Peers, Report } from '../ports.ts'
import { Problem } from './problem.ts'
import { requireOfflineLog } from './require-offline-log.ts'
import { sourceSummary, summaryTable } from './source-summary.ts'

export interface ReadPorts {
  readonly peers: Peers
  readonly parts: PartStore
  readonly report: Report
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

/** A part as readers see it: no object key, since names are looked up and keys are not. */
function publicPart({ key: _, committedUs, ...part }: Part) {
  return { ...part, committedAt: timestampOfMicros(BigInt(committedUs)) }
}

import { summaryHtml, summaryText } from '../../shared/render-summary.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { listParts } from '../offline/list-parts.ts'
import { DamagedPart, getWholePart } from '../offline/whole-part.ts'
import type { PartStore, Peers, Report } from '../ports.ts'
import { preferredType } from './preferred-type.ts'
import { Problem } from './problem.ts'
import { requireOfflineLog } from './require-offline-log.ts'
import { type SummaryPorts, sourceSummary } from './source-summary.ts'

export interface ReadPorts {
  readonly peers: Peers
  readonly parts: PartStore
  readonly report: Report
}

/** Answers `GET …/summary`: JSON, a bordered table of text or one of HTML, as the caller accepts. */
export async function answerSummary(
  ports: SummaryPorts,
  workspace: string,
  compiled: CompiledSource,
  accept: string | undefined,
): Promise<Response> {
  const summary = await sourceSummary(ports, workspace, compiled)
  const type = preferredType(accept, ['application/json', 'text/plain', 'text/html'])
  if (type === 'application/json') return Response.json(summary, { headers: { vary: 'accept' } })
  const isHtml = type === 'text/html'
  return new Response(isHtml ? `${summaryHtml(summary)}\n` : summaryText(summary), {
    headers: {
      'content-type': `${type}; charset=utf-8`,
      vary: 'accept',
      // Definitions are shown, never run.
      ...(isHtml ? { 'content-security-policy': "default-src 'none'" } : {}),
    },
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

import { protocolVersion } from '../../shared/ingest-protocol.ts'
import type { Check, ValidationReply } from '../../shared/validation.ts'
import { askAgain } from '../ask-again.ts'
import type { AuditPorts } from '../audit/audit-partition.ts'
import { auditPartition, type PartitionAudit } from '../audit/audit-workspace.ts'
import { causeOf } from '../cause-of.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import { listParts } from '../offline/list-parts.ts'
import { readWholePart } from '../offline/whole-part.ts'

/**
 * Answers `GET {source}/validate`: whether all that an applied source consists of answers and agrees: its catalogue,
 * each partition with its tail and the shards of its views, and the newest part, which is read as a whole.
 */
export async function answerValidate(
  ports: AuditPorts,
  compiled: CompiledSource,
): Promise<Response> {
  const { source, fields } = compiled
  const audits: PartitionAudit[] = []
  for (let partition = 0; partition < source.partitions; partition++) {
    audits.push(await auditPartition(ports, { source, fields, partition, deep: false }))
  }
  const checks = [
    ...audits.map(partitionCheck),
    ...viewChecks(compiled, audits),
    await newestPartCheck(ports, compiled),
  ]
  const valid = checks.every(({ outcome }) => outcome !== 'failed')
  return Response.json({ protocol: protocolVersion, valid, checks } satisfies ValidationReply)
}

function partitionCheck({
  partition,
  wrong,
  accepted,
  inTail,
  inParts,
  expired,
}: PartitionAudit): Check {
  const what = `partition ${partition}`
  if (wrong.length > 0) {
    const sentence = `Partition ${partition}: ${wrong.join('; ')}. tidegate audit says more.`
    return { what, outcome: 'failed', sentence }
  }
  const sentence = `It answers and agrees: ${accepted} accepted, ${inTail} in the tail, ${inParts} in parts, ${expired} expired.`
  return { what, outcome: 'ok', sentence }
}

/** A view that is withheld serves nothing; that it lags is the audit's to say. */
function viewChecks({ source }: CompiledSource, audits: readonly PartitionAudit[]): Check[] {
  const withheld = new Map(
    audits
      .flatMap(({ applied }) => applied)
      .flatMap(({ withheld }) => withheld)
      .map(({ view, status }) => [view, status] as const),
  )
  return source.views.map(({ name }) => {
    const status = withheld.get(name)
    const what = `feature view ${name}`
    if (status === undefined) {
      return { what, outcome: 'ok', sentence: `Feature view "${name}" is served.` }
    }
    const sentence = `Feature view "${name}" is ${status}: it is read as unknown.`
    // A backfill ends by itself.
    return { what, outcome: status === 'backfilling' ? 'not_checked' : 'failed', sentence }
  })
}

async function newestPartCheck(
  { clock, peers, parts }: AuditPorts,
  { source, fields }: CompiledSource,
): Promise<Check> {
  const what = 'newest part'
  if (!source.logOffline) {
    return { what, outcome: 'ok', sentence: 'It keeps no offline log, so it has no parts.' }
  }
  try {
    const catalogue = peers.catalogue(source.workspaceId, source.id)
    const list = await askAgain(clock, () => listParts(catalogue))
    const newest = list.parts.reduce<(typeof list.parts)[number] | undefined>(
      (found, part) => (found === undefined || part.committedUs > found.committedUs ? part : found),
      undefined,
    )
    if (newest === undefined) {
      return { what, outcome: 'ok', sentence: 'The catalogue answers and lists no part yet.' }
    }
    const groups = readWholePart(
      parts,
      newest,
      fields,
      fields.map(({ name }) => name),
    )
    let rows = 0
    for await (const group of groups) rows += group.length
    const sentence = `The part ${newest.name} has the digest that the catalogue holds, and ${rows} rows that can be read.`
    return { what, outcome: 'ok', sentence }
  } catch (cause) {
    return { what, outcome: 'failed', sentence: `The newest part: ${causeOf(cause)}` }
  }
}

import { causeOf } from '../cause-of.ts'
import type { CompiledDefinitions } from '../ingest/compiled-source.ts'
import { type AuditedPartition, type AuditPorts, gatherFacts } from './audit-partition.ts'
import { checkPartition, type PartitionFacts, rowsInParts } from './oracles.ts'

/** What an audit says of one partition; `wrong` is empty when all of it agrees. */
export interface PartitionAudit {
  readonly source: string
  readonly partition: number
  /** Offsets ever given out. */
  readonly accepted: number
  readonly stored: number
  readonly inTail: number
  readonly inParts: number
  /** Records older than the retention, which are stored no more. */
  readonly expired: number
  readonly parts: number
  /** The last offset in parts, -1 for none. */
  readonly mark: number
  readonly applied: PartitionFacts['applied']
  readonly wrong: readonly string[]
}

export interface WorkspaceAudit {
  readonly agree: boolean
  /** Whether the file of every part was read again. */
  readonly deep: boolean
  readonly partitions: readonly PartitionAudit[]
}

/** Partitions that are looked at at once. */
const atOnce = 4

/** Holds every partition of a workspace against its catalogue, parts, tail and shards. */
export async function auditWorkspace(
  ports: AuditPorts,
  definitions: CompiledDefinitions,
  deep: boolean,
): Promise<WorkspaceAudit> {
  const audited = definitions.definitions.sources.flatMap(source => {
    const fields = definitions.source(source.name)?.fields ?? []
    return Array.from(
      { length: source.partitions },
      (_, partition): AuditedPartition => ({ source, fields, partition, deep }),
    )
  })
  const partitions = new Array<PartitionAudit>(audited.length)
  const waiting = [...audited.entries()].values()
  const work = async () => {
    for (const [at, one] of waiting) partitions[at] = await auditPartition(ports, one)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { agree: partitions.every(({ wrong }) => wrong.length === 0), deep, partitions }
}

/** Audits one partition; one that does not answer agrees with nothing. */
export async function auditPartition(
  ports: AuditPorts,
  audited: AuditedPartition,
): Promise<PartitionAudit> {
  const { source, partition } = audited
  const identity = { source: source.name, partition }
  try {
    const facts = await gatherFacts(ports, audited)
    const { accepted, mark, parts, tail, applied } = facts
    const inParts = rowsInParts(facts)
    const expired = facts.expired?.rows ?? 0
    const stored = inParts + tail.records
    const counts = { accepted, stored, inTail: tail.records, inParts, expired }
    const wrong = checkPartition(facts)
    return { ...identity, ...counts, parts: parts.length, mark, applied, wrong }
  } catch (cause) {
    const nothing = {
      accepted: 0,
      stored: 0,
      inTail: 0,
      inParts: 0,
      expired: 0,
      parts: 0,
      mark: -1,
    }
    const wrong = [`it could not be audited: ${causeOf(cause)}`]
    return { ...identity, ...nothing, applied: [], wrong }
  }
}

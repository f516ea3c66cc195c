import type { SourceSummaryFacts } from '../../shared/source-summary.ts'
import { microsOf, timestampOfMicros } from '../../shared/timestamp.ts'
import { messageFormat } from '../contracts/message.ts'
import { type EventTimes, widen } from '../event-times.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { Clock, Peers } from '../ports.ts'
import { appliedDefinition } from './applied-definition.ts'
import { viewProgress } from './view-progress.ts'

export interface SummaryPorts {
  readonly peers: Peers
  readonly clock: Clock
}

/** Gathers a source's facts. Cost: a call of its registry, its catalogue, each partition and each shard of its views. */
export async function sourceSummary(
  { peers, clock }: SummaryPorts,
  workspace: string,
  { source }: CompiledSource,
): Promise<SourceSummaryFacts> {
  const { workspaceId, id } = source
  const definition = await appliedDefinition(peers, source)
  const states = await Promise.all(
    Array.from({ length: source.partitions }, (_, partition) =>
      peers
        .partition(workspaceId, id, partition)
        .snapshot({ format: messageFormat, withTouches: true }),
    ),
  )
  // Asked after the partitions: what left a tail meanwhile is in it, and counted by the offsets only.
  const list = await peers
    .catalogue(workspaceId, id)
    .list({ format: messageFormat, withTotals: true })
  const { totals } = list
  if (totals === undefined) throw new Error('The catalogue gave no totals.')
  const { firstEventTime, lastEventTime } = totals
  let times: EventTimes | undefined
  if (firstEventTime !== undefined && lastEventTime !== undefined) {
    times = [firstEventTime, lastEventTime]
  }
  for (const { tailEventTimes } of states) times = widen(times, tailEventTimes)
  const expired = list.partitions.reduce((sum, at) => sum + (at.expired?.rows ?? 0), 0)
  const rows = states.reduce((sum, { last }) => sum + last + 1, 0) - expired
  const views = await viewProgress({ peers, clock }, source, states)
  const nowMs = clock.now()
  const lastIngestUs = Math.max(0, ...states.map(state => state.lastIngestUs ?? 0))
  return {
    id,
    name: source.name,
    workspace,
    kind: 'stream_source',
    description: source.description ?? null,
    owner: source.owner ?? null,
    tags: source.tags,
    options: definition?.options ?? {},
    createdAt: timestampOfMicros(BigInt(source.createdUs)),
    lastModifiedAt: timestampOfMicros(BigInt(source.modifiedUs)),
    version: source.version,
    logOffline: source.logOffline,
    partitions: source.partitions,
    featureViews: source.views.map(({ name }) => name),
    views,
    asOf: timestampOfMicros(BigInt(nowMs) * 1_000n),
    rows,
    expired,
    rejected: states.reduce((sum, state) => sum + (state.rejected ?? 0), 0),
    tailRows: source.logOffline
      ? Math.max(0, rows - totals.rows)
      : states.reduce((sum, state) => sum + state.tailRecords, 0),
    parts: totals.parts,
    bytes: totals.bytes,
    firstEventTime: times?.[0] ?? null,
    lastEventTime: times?.[1] ?? null,
    lastAcceptedTime: lastIngestUs === 0 ? null : timestampOfMicros(BigInt(lastIngestUs)),
    lastEventAgeSeconds: times === undefined ? null : ageSeconds(nowMs, microsOf(times[1])),
    lastAcceptedAgeSeconds: lastIngestUs === 0 ? null : ageSeconds(nowMs, BigInt(lastIngestUs)),
    stopped: [...states, list].flatMap(({ stopped }) => stopped ?? []),
  }
}

function ageSeconds(nowMs: number, thenUs: bigint): number {
  return Number((BigInt(nowMs) * 1_000n - thenUs) / 1_000_000n)
}

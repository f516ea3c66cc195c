import { timestampOfMicros } from '../../shared/timestamp.ts'
import { messageFormat } from '../contracts/message.ts'
import { type EventTimes, widen } from '../event-times.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { Peers } from '../ports.ts'

export interface SourceSummary {
  readonly id: string
  readonly name: string
  readonly workspace: string
  readonly kind: 'stream_source'
  readonly description: string | null
  readonly owner: string | null
  readonly tags: { readonly [tag: string]: string }
  readonly createdAt: string
  readonly lastModifiedAt: string
  readonly version: number
  readonly logOffline: boolean
  readonly partitions: number
  readonly featureViews: readonly string[]
  /** Records accepted and kept: in parts and in the tail. */
  readonly rows: number
  /** Records accepted that are older than the retention, and gone. */
  readonly expired: number
  readonly tailRows: number
  readonly parts: number
  readonly bytes: number
  readonly firstEventTime: string | null
  readonly lastEventTime: string | null
  readonly lastAcceptedTime: string | null
  /** Why rolls of a partition, or compactions, stopped, for the operator; empty when all is well. */
  readonly stopped: readonly string[]
}

/** Gathers a source's facts from its catalogue and partitions. Cost: one call for each of them. */
export async function sourceSummary(
  peers: Peers,
  workspace: string,
  { source }: CompiledSource,
): Promise<SourceSummary> {
  const { workspaceId, id } = source
  const states = await Promise.all(
    Array.from({ length: source.partitions }, (_, partition) =>
      peers.partition(workspaceId, id, partition).snapshot({ format: messageFormat }),
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
  const lastIngestUs = Math.max(0, ...states.map(state => state.lastIngestUs ?? 0))
  return {
    id,
    name: source.name,
    workspace,
    kind: 'stream_source',
    description: source.description ?? null,
    owner: source.owner ?? null,
    tags: source.tags,
    createdAt: timestampOfMicros(BigInt(source.createdUs)),
    lastModifiedAt: timestampOfMicros(BigInt(source.modifiedUs)),
    version: source.version,
    logOffline: source.logOffline,
    partitions: source.partitions,
    featureViews: source.views.map(({ name }) => name),
    rows,
    expired,
    tailRows: source.logOffline
      ? Math.max(0, rows - totals.rows)
      : states.reduce((sum, state) => sum + state.tailRecords, 0),
    parts: totals.parts,
    bytes: totals.bytes,
    firstEventTime: times?.[0] ?? null,
    lastEventTime: times?.[1] ?? null,
    lastAcceptedTime: lastIngestUs === 0 ? null : timestampOfMicros(BigInt(lastIngestUs)),
    stopped: [...states, list].flatMap(({ stopped }) => stopped ?? []),
  }
}

/** Writes a summary as the bordered two-column table that people know from Tecton's. */
export function summaryTable(summary: SourceSummary): string {
  const rows: (readonly [label: string, value: string])[] = [
    ['Name', summary.name],
    ['Workspace', summary.workspace],
    ['Description', summary.description ?? ''],
    ['Created At', shortTime(summary.createdAt)],
    ['Owner', summary.owner ?? ''],
    ['Last Modified At', shortTime(summary.lastModifiedAt)],
    [
      'Tags',
      Object.entries(summary.tags)
        .map(([tag, text]) => `${tag}: ${text}`)
        .join(', '),
    ],
    ['Kind', 'Stream Source'],
    ['Log Offline', summary.logOffline ? 'True' : 'False'],
    ['Partitions', String(summary.partitions)],
    ['Feature Views', summary.featureViews.join(', ')],
    ['Rows', String(summary.rows)],
    ...(summary.expired === 0 ? [] : [['Expired Rows', String(summary.expired)] as const]),
    ['Tail Rows', String(summary.tailRows)],
    ['Parts', String(summary.parts)],
    ['Bytes', String(summary.bytes)],
    ['First Event Time', shortTime(summary.firstEventTime)],
    ['Last Event Time', shortTime(summary.lastEventTime)],
    ['Last Accepted Time', shortTime(summary.lastAcceptedTime)],
    ...summary.stopped.map(reason => ['Stopped', reason] as const),
  ]
  const oneLine = rows.map(([label, value]) => [label, value.replace(/\s+/g, ' ')] as const)
  const left = Math.max(...oneLine.map(([label]) => label.length))
  const right = Math.max(...oneLine.map(([, value]) => value.length))
  const border = `+${'-'.repeat(left + 2)}+${'-'.repeat(right + 2)}+`
  const lines = oneLine.map(
    ([label, value]) => `| ${center(label, left)} | ${value.padEnd(right)} |`,
  )
  return `${[border, ...lines.flatMap(line => [line, border])].join('\n')}\n`
}

function center(text: string, width: number): string {
  const before = Math.floor((width - text.length) / 2)
  return text.padStart(text.length + before).padEnd(width)
}

function shortTime(time: string | null): string {
  return time === null ? '' : `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`
}

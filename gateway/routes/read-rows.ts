import { formatCut } from '../../shared/cut.ts'
import { microsOf, timestampOfMicros } from '../../shared/timestamp.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import type { ViewReading } from '../contracts/feature-shard-contract.ts'
import { partitionKey } from '../online/fold-marks.ts'
import { type EntityAnswer, type EntityReading, readEntities } from '../online/read-entities.ts'
import type { Clock, Peers, Report } from '../ports.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { StaleDefinitions } from '../stale-definitions.ts'
import type { EntityKeys } from './entity-keys.ts'
import type { RequestOptions } from './features-options.ts'
import type { ServedView } from './requested-service.ts'

export interface FeaturesPorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly report: Report
}

/** What is known of one entity in one view. */
export interface ViewRow {
  readonly reading: ViewReading | { readonly status: 'time_out' | 'failed' }
  /** The cut of the source that the values are a fold of, and the moment; nothing while the view is not served. */
  readonly mark?: ViewMark
}

export interface ViewMark {
  readonly source: string
  readonly cut: string
  readonly at?: string
}

/** One row of a request. */
export interface ReadRow {
  /** In the order of the views. */
  readonly views: readonly ViewRow[]
  /** The longest that one of its shards took to answer; nothing where none did. */
  readonly longestMs?: number
}

export interface ReadRows {
  readonly rows: readonly ReadRow[]
  /** Bytes, as JSON, of what the shards said of the entities; 0 unless asked for. */
  readonly bytes: number
}

/**
 * Reads rows of views until `untilMs`; throws a StaleDefinitions where a shard knows a newer one. Cost: one call
 * for each entity set and shard that has some of the rows, each entity once.
 */
export async function readRows(
  ports: FeaturesPorts,
  workspaceId: string,
  views: readonly ServedView[],
  keys: readonly EntityKeys[],
  { leadingEdge }: Pick<RequestOptions, 'leadingEdge'>,
  { untilMs, countsBytes }: { readonly untilMs: number; readonly countsBytes: boolean },
): Promise<ReadRows> {
  const sets = [...Map.groupBy(views, ({ view }) => view.entitySetId)]
  const answers = await readEntities(
    ports,
    workspaceId,
    sets.map(([entitySetId, served]) => ({
      entitySetId,
      shards: Math.max(...served.map(({ view }) => view.shards)),
      viewIds: served.map(({ view }) => view.id),
      keys: new Set(keys.map(key => key.get(entitySetId) ?? '')),
      ...(leadingEdge === undefined ? {} : { leadingEdge }),
    })),
    untilMs,
  )
  const rows = keys.map(key => {
    const answered = new Map<ServedView, ViewRow>()
    const tooks: number[] = []
    for (const [at, [entitySetId, served]] of sets.entries()) {
      const answer = answers[at]?.get(key.get(entitySetId) ?? '') ?? { status: 'failed' as const }
      if (answer.status === 'read') tooks.push(answer.tookMs)
      for (const [place, one] of served.entries()) {
        answered.set(one, viewRow(ports.clock, one, place, answer))
      }
    }
    return {
      views: views.map(one => answered.get(one) ?? { reading: { status: 'failed' as const } }),
      ...(tooks.length === 0 ? {} : { longestMs: Math.max(...tooks) }),
    }
  })
  return { rows, bytes: countsBytes ? bytesOf(answers) : 0 }
}

function viewRow(
  clock: Clock,
  { view, compiled }: ServedView,
  place: number,
  answer: EntityAnswer,
): ViewRow {
  if (answer.status !== 'read') return { reading: answer }
  const { source } = compiled
  const version = answer.reading.versions[place] ?? 0
  // Values of a newer schema would be served as what they are not.
  if (version > source.version) {
    throw new StaleDefinitions(`Source "${source.name}"`, version, source.version)
  }
  const said = answer.reading.readings[place] ?? { status: 'unknown' as const }
  if (said.status === 'unknown') return { reading: said }
  const { atUs = clock.now() * 1_000 } = answer.reading
  const isExpired = said.status === 'present' && isOver(said.state, view, atUs)
  return {
    reading: isExpired ? { status: 'missing' } : said,
    mark: markOf(compiled, answer.reading),
  }
}

/** A value is served until its ttl after its effective time: its event, or its arrival where that was earlier. */
function isOver(
  { eventTime, ingestUs }: { readonly eventTime: string; readonly ingestUs: number },
  { ttlMs }: ResolvedView,
  atUs: number,
): boolean {
  if (ttlMs === undefined) return false
  return Math.min(Number(microsOf(eventTime)), ingestUs) < atUs - ttlMs * 1_000
}

function markOf({ source }: ServedView['compiled'], { marks, atUs }: EntityReading): ViewMark {
  const cut = Array.from({ length: source.partitions }, (_, partition) => ({
    partition,
    upTo: marks[partitionKey(source.id, partition)] ?? -1,
  }))
  return {
    source: source.name,
    cut: formatCut(cut),
    ...(atUs === undefined ? {} : { at: timestampOfMicros(BigInt(atUs)) }),
  }
}

function bytesOf(answers: readonly ReadonlyMap<string, EntityAnswer>[]): number {
  return answers
    .flatMap(of => [...of.values()])
    .reduce(
      (sum, answer) =>
        answer.status === 'read' ? sum + utf8Length(JSON.stringify(answer.reading.readings)) : sum,
      0,
    )
}

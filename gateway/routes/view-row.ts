import { formatCut } from '../../shared/cut.ts'
import { microsOf, timestampOfMicros } from '../../shared/timestamp.ts'
import type { ViewReading } from '../contracts/feature-shard-contract.ts'
import { partitionKey } from '../online/fold-marks.ts'
import type { AgedCopy } from '../online/read-copies.ts'
import type { EntityReading } from '../online/read-entities.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { StaleDefinitions } from '../stale-definitions.ts'
import type { ServedView } from './requested-service.ts'

/** What is known of one entity in one view. */
export interface ViewRow {
  readonly reading: ViewReading | { readonly status: 'time_out' | 'failed' }
  /** The cut of the source that the values are a fold of, and the moment; nothing while the view is not served. */
  readonly mark?: ViewMark
  /** How old the copy at the edge is that this is from; absent: it is the shard's. */
  readonly ageMs?: number
}

export interface ViewMark {
  readonly source: string
  readonly cut: string
  readonly at?: string
}

/**
 * Gives what a shard says of the view in one place of its answer; throws a StaleDefinitions where that is of a
 * newer definition.
 */
export function shardRow(
  { view, compiled }: ServedView,
  answer: EntityReading,
  place: number,
  nowMs: number,
): ViewRow {
  const { source } = compiled
  const version = answer.versions[place] ?? 0
  // Values of a newer schema would be served as what they are not.
  if (version > source.version) {
    throw new StaleDefinitions(`Source "${source.name}"`, version, source.version)
  }
  const reading = answer.readings[place] ?? { status: 'unknown' }
  if (reading.status === 'unknown') return { reading }
  const { atUs = nowMs * 1_000 } = answer
  return { reading: unlessOver(reading, view, atUs), mark: markOf(compiled, answer) }
}

/** Gives what a copy at the edge says of its view. */
export function copyRow(
  { view, compiled }: ServedView,
  { reading: copied, atMs, ageMs }: AgedCopy,
  nowMs: number,
): ViewRow {
  const [reading = { status: 'missing' }] = copied.readings
  const { atUs = atMs * 1_000 } = copied
  return {
    reading: unlessOver(reading, view, nowMs * 1_000),
    mark: markOf(compiled, { ...copied, atUs }),
    ageMs,
  }
}

/** A value is served until its ttl after its effective time: its event, or its arrival where that was earlier. */
function unlessOver(reading: ViewReading, { ttlMs }: ResolvedView, atUs: number): ViewReading {
  if (reading.status !== 'present' || ttlMs === undefined) return reading
  const { eventTime, ingestUs } = reading.state
  const isOver = Math.min(Number(microsOf(eventTime)), ingestUs) < atUs - ttlMs * 1_000
  return isOver ? { status: 'missing' } : reading
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

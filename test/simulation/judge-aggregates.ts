import type { FeatureValues } from '../../gateway/contracts/feature-shard-contract.ts'
import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import { partitionKey } from '../../gateway/online/fold-marks.ts'
import type { EntityReading } from '../../gateway/online/read-entities.ts'
import type { ResolvedSource, ResolvedView } from '../../gateway/registry/resolved-definitions.ts'
import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import { microsOf, parseTimestamp } from '../../shared/timestamp.ts'
import { type NaiveRecord, type NaiveView, naiveFeatures } from '../support/naive-features.ts'
import { aggregatedValues } from './aggregate-views.ts'
import type { FrameRow } from './oracles.ts'
import type { Watcher } from './watcher.ts'
import { entities } from './workload.ts'

/** What aggregate views said of every entity, one after the other. */
export interface AggregatesRead {
  /** What windows ended at, if not at what each view says itself. */
  readonly leadingEdge?: LeadingEdge
  readonly views: readonly ResolvedView[]
  readonly read: readonly (readonly [key: string, reading: EntityReading])[]
}

/** Reads all aggregate views of a source; those of them that are not served yet are waited for if asked. */
export async function readAggregateViews(
  watcher: Watcher,
  source: ResolvedSource,
  isPatient: boolean,
  leadingEdge?: LeadingEdge,
): Promise<AggregatesRead> {
  const views = source.views.filter(({ aggregation }) => aggregation !== undefined)
  const [first] = views
  if (first === undefined) return { views, read: [] }
  const { entitySetId, shards, joinKeys } = first
  const keys = new Set(entities.map(entity => entityKeyOf(joinKeys, { entity })))
  const viewIds = views.map(({ id }) => id)
  const edge = leadingEdge === undefined ? {} : { leadingEdge }
  let read: AggregatesRead['read'] = []
  const ask = async () => {
    read = await watcher.read({ entitySetId, shards, viewIds, keys, ...edge })
    const isUnknown = read.some(([, { readings }]) =>
      readings.some(({ status }) => status === 'unknown'),
    )
    if (isPatient && isUnknown) throw new Error('Some views are not served yet.')
  }
  // What they do not say in time is unknown.
  await watcher.persist(ask).catch(() => undefined)
  return { views, read, ...edge }
}

/**
 * What is wrong with aggregates: each is what the written rule gives of the rows at or under the marks of its
 * reading, at its moment.
 */
export function checkAggregates(
  source: ResolvedSource,
  { views, read, leadingEdge }: AggregatesRead,
  rows: readonly FrameRow[],
  mayBeUnknown: (view: ResolvedView) => boolean,
  when = '',
): string[] {
  const wrong: string[] = []
  const last = new Map<string, number>()
  for (const { _partition, _offset } of rows) last.set(partitionKey(source.id, _partition), _offset)
  for (const [key, { marks, readings, atUs }] of read) {
    for (const [partition, mark] of Object.entries(marks)) {
      if (!partition.startsWith(`${source.id}/`) || mark <= (last.get(partition) ?? -1)) continue
      wrong.push(`I4 ${partition} is folded to ${mark} of ${last.get(partition) ?? -1}${when}`)
    }
    const folded = rows.filter(
      ({ entity, _partition, _offset }) =>
        entityKeyOf(['entity'], { entity }) === key &&
        _offset <= (marks[partitionKey(source.id, _partition)] ?? -1),
    )
    for (const [at, view] of views.entries()) {
      const reading = readings[at]
      if (reading?.status === 'unknown' && mayBeUnknown(view)) continue
      if (reading?.status !== 'present' || atUs === undefined) {
        wrong.push(`I4 ${view.name} of ${key} is ${reading?.status}${when}`)
        continue
      }
      const served = { ...reading.state, atUs }
      wrong.push(
        ...differences(naiveViewOf(view, leadingEdge), view, folded, served).map(
          said => `I4 ${view.name} of ${key}, ${folded.length} records: ${said}${when}`,
        ),
      )
    }
  }
  return wrong
}

function differences(
  naiveView: NaiveView,
  view: ResolvedView,
  rows: readonly FrameRow[],
  { values, present, atUs }: FeatureValues & { readonly atUs: number },
): string[] {
  const naive = naiveFeatures(
    naiveView,
    rows.flatMap(row => recordOf(view, row)),
    BigInt(atUs),
  )
  const wrong: string[] = []
  for (const [at, name] of view.features.entries()) {
    const wanted = JSON.stringify(naive.get(name)?.value)
    const said = JSON.stringify(values[at])
    if (said !== wanted) wrong.push(`${name} is ${said}, the log says ${wanted}`)
    // Zero may be of records, and of none.
    const isNothing = /^(?:null|\[(?:null,?)*\])$/.test(wanted ?? '')
    if (wanted !== '0' && present?.[at] === isNothing) wrong.push(`${name}, ${said}, is told wrong`)
  }
  return wrong
}

function naiveViewOf({ features, aggregation }: ResolvedView, edge?: LeadingEdge): NaiveView {
  const { aggregates = [], keys = [], secondaryKey, intervalMs, leadingEdge } = aggregation ?? {}
  return {
    attributes: [],
    aggregates: aggregates.map(({ columnKind: kind, function: fn, ...aggregate }) => ({
      ...aggregate,
      kind,
      fn,
    })),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    leadingEdge: edge ?? leadingEdge ?? 'wall_clock',
    ...(secondaryKey === undefined
      ? {}
      : {
          secondaryKey: {
            column: secondaryKey.name,
            kind: secondaryKey.kind,
            keys: keys.map((window, at) => ({ name: features[at] ?? '', window })),
          },
        }),
  }
}

function recordOf({ name }: ResolvedView, row: FrameRow): NaiveRecord[] {
  const values = aggregatedValues(name, row)
  if (values === undefined) return []
  const { at, _ingest_ts, _partition: partition, _offset: offset } = row
  return [{ values, eventUs: microsIn(at), ingestUs: microsIn(_ingest_ts), partition, offset }]
}

function microsIn(text: string): bigint {
  const timestamp = parseTimestamp(text)
  if (timestamp === undefined) throw new Error(`"${text}" is no time.`)
  return microsOf(timestamp)
}

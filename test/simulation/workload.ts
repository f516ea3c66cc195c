import { entityKeyOf, slotOf } from '../../gateway/online/entity-key.ts'
import { Attribute } from '../../shared/definitions/attribute.ts'
import { Entity } from '../../shared/definitions/entity.ts'
import { FeatureService } from '../../shared/definitions/feature-service.ts'
import { PushConfig } from '../../shared/definitions/push-config.ts'
import { StreamFeatureView } from '../../shared/definitions/stream-feature-view.ts'
import { StreamSource } from '../../shared/definitions/stream-source.ts'
import { Field, Float64, Int64, String, Timestamp } from '../../shared/types.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { type AggregateViewName, type Aggregation, aggregateViewsOf } from './aggregate-views.ts'
import type { SeededRandom } from './seeded-random.ts'

export const workspace = 'sim'
export const workspaceId = 'aaaaaaaaaa-auto'
/** Virtual runs begin here; event times lie around it. */
export const startMs = Date.UTC(2026, 0, 1)

export type SourceName = 'events' | 'clicks' | 'late'

/** A record as the simulation pushes it: its id is unique in the run. */
export interface SimRecord {
  readonly source: SourceName
  readonly id: string
  readonly entity: string
  readonly at: string
  readonly n: number
  /** In the column that came in mid-flow. */
  readonly note?: string
}

export type SimSource = ReturnType<typeof sourceOf>

/** What is applied first; then the view of `clicks` and the source `late`, or that source alone. */
export type Stage = 'first' | 'withView' | 'withLate' | 'withLateAlone'

/** The aggregate views of `events`, and how they are declared. */
export interface Aggregated {
  readonly names: readonly AggregateViewName[]
  readonly aggregation: Aggregation
}

/**
 * What is applied first and, in some runs, in mid-flow: then `clicks`, which had no view, gets one with join
 * keys of its own, and the source `late` is made. Evolved, the first two have a column more, before all others;
 * remade, `late` is another source under its name, which takes the same records.
 */
export function definitionsOf(
  partitions: number,
  isEvolved = false,
  isRemade = false,
  aggregated: Aggregated = { names: [], aggregation: 'none' },
) {
  const events = sourceOf('events', partitions, isEvolved)
  const clicks = sourceOf('clicks', 2, isEvolved)
  const late = sourceOf('late', 1, false, isRemade)
  const entity = Entity({ name: 'entity', joinKeys: [Field('entity', String)] })
  const number = Entity({ name: 'number', joinKeys: [Field('n', Int64)] })
  const viewOf = (name: string, source: SimSource, of: typeof entity | typeof number) =>
    StreamFeatureView({ name, source, entities: [of], features: [Attribute('id', String)] })
  const latest = viewOf('latest', events, entity)
  const clicked = viewOf('clicked', clicks, number)
  const lately = viewOf('lately', late, entity)
  const service = FeatureService({ name: 'service', features: [latest] })
  const aggregates = aggregateViewsOf(events, entity, aggregated.names, aggregated.aggregation)
  const canonical = (...objects: Parameters<typeof workspaceDefinitions>[1]) =>
    canonicalJson(
      workspaceDefinitions({ name: workspace, live: true }, [...objects, ...aggregates]),
    )
  return {
    sources: { events, clicks, late },
    /** In the order in which they are applied; the second may come too late and is then refused. */
    stages: {
      first: canonical(service, clicks),
      withView: canonical(service, clicks, clicked),
      withLate: canonical(service, clicks, clicked, late, lately),
      withLateAlone: canonical(service, clicks, late, lately),
    } satisfies Record<Stage, string>,
  }
}

function sourceOf(name: SourceName, partitions: number, isEvolved = false, isRemade = false) {
  return StreamSource({
    name,
    streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions }),
    schema: [
      ...(isEvolved ? [Field('note', String, { nullable: true })] : []),
      Field('id', String),
      Field('entity', String),
      Field('at', Timestamp),
      isRemade ? Field('n', Float64) : Field('n', Int64),
    ],
  })
}

const dayMs = 86_400_000

/** Entities of two slots, which two shards part: a page of the first is split, and what is in it moves. */
export const entities = [
  [6, 3],
  [9, 2],
].flatMap(([slot = 0, count]) =>
  Array.from({ length: 4_000 }, (_, at) => `e${at}`)
    .filter(name => slotOf(entityKeyOf(['entity'], { entity: name })) === slot)
    .slice(0, count),
)

/** A record: few entities, times that collide and run backwards, some that are refused. */
export function drawRecord(
  random: SeededRandom,
  source: SourceName,
  id: string,
  pushedMs: number,
): SimRecord {
  const fate = random()
  const nearMs = startMs + Math.floor(random() * 4) * 1_000 - 2_000
  const edgeMs = pushedMs + dayMs + Math.floor(random() * 8_000)
  const atMs = fate < 0.1 ? startMs + 10 * dayMs : fate < 0.25 ? edgeMs : nearMs
  return {
    source,
    id,
    entity: entities[Math.floor(random() * entities.length)] ?? '',
    at: new Date(atMs).toISOString(),
    n: Math.floor(random() * 5),
  }
}

/**
 * Gives a record that aggregates are made of another event time, unless its time is what decides its fate: on whole
 * seconds, where windows end, in all of the run and the hour before, some ahead of when it is pushed. Most are of two
 * entities, one of each slot, so that windows hold some of them.
 */
export function spreadTime(record: SimRecord, random: SeededRandom, pushedMs: number): SimRecord {
  const [kind, far, whose] = [random(), random(), random()]
  const [one = '', , , other = ''] = entities
  const entity = whose < 0.4 ? one : whose < 0.7 ? other : record.entity
  if (fateOf(record) !== 'right') return { ...record, entity }
  const secondsMs = (ms: number) => Math.floor(ms / 1_000) * 1_000
  const atMs =
    kind < 0.4
      ? secondsMs(pushedMs - far * 12_000)
      : kind < 0.6
        ? startMs + secondsMs(far * 60_000)
        : kind < 0.8
          ? pushedMs - Math.floor(far * 30_000)
          : pushedMs - Math.floor(far * far * 4_000_000)
  return { ...record, entity, at: new Date(Math.floor(atMs)).toISOString() }
}

export type Fate = 'right' | 'wrong' | 'either'

/**
 * Whether the gateway has to refuse a record, since its event time lies more than a day ahead. Near that
 * edge it depends on the moment: then the first verdict has to be the last one.
 */
export function fateOf(record: SimRecord): Fate {
  const aheadMs = Date.parse(record.at) - startMs
  if (aheadMs > 5 * dayMs) return 'wrong'
  return aheadMs >= dayMs ? 'either' : 'right'
}

/** The record as the wire carries it. */
export function wireRecord({ id, entity, at, n, note }: SimRecord) {
  return { ...(note === undefined ? {} : { note }), id, entity, at, n }
}

import { percentileRankError } from '../../shared/aggregates/percentile.ts'
import { readFeatureView } from '../../shared/definitions/stream-feature-view.ts'
import { add, columns as columnsOf, gt, orElse, transform } from '../../shared/expressions.ts'
import { Entity, FeatureService, PushConfig, StreamSource } from '../../shared/index.ts'
import { Field, Float64, Int32, Int64, String, Timestamp } from '../../shared/types.ts'
import { type ChosenAggregate, type ChosenView, columns, type World } from './arbitrary-world.ts'

const fields = [
  Field('user', String),
  Field('room', Int64),
  Field('shop', String, { nullable: true }),
  Field('at', Timestamp),
  Field('n', Int64, { nullable: true }),
  Field('i', Int32),
  Field('x', Float64, { nullable: true }),
  Field('s', String, { nullable: true }),
] as const
const types = { int64: Int64, int32: Int32, float64: Float64, string: String }
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const room = Entity({ name: 'room', joinKeys: [Field('room', Int64)] })
const c = columnsOf(fields)

/** The source of a world: everything that is aggregated, and both keys. */
export function sourceOf({ partitions }: World) {
  return StreamSource({
    name: 'events',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions }),
    schema: fields,
  })
}

export type WorldSource = ReturnType<typeof sourceOf>

/** A view as it is applied, and as its training data is made: percentiles there with the bounds that serving may reach. */
export function viewOf(source: WorldSource, chosen: ChosenView, at: number, isJudge: boolean) {
  const { kind, ttlSeconds, intervalSeconds, secondaryKey, isNewest, isFiltered } = chosen
  const transformation = transform({
    filter: gt(orElse(c.x, 0), -500),
    columns: { doubled: add(c.i, c.i) },
  })
  const common = {
    name: `view${at}`,
    source,
    entities: [chosen.byRoom ? room : user],
    ...(isFiltered ? { transformation } : {}),
  }
  if (kind === 'attributes') {
    return readFeatureView({
      ...common,
      features: fields.map(({ name, dtype }) => ({ kind: 'attribute', name, dtype })),
      ...(ttlSeconds === undefined ? {} : { ttl: `${ttlSeconds}s` }),
    })
  }
  return readFeatureView({
    ...common,
    ...(intervalSeconds === undefined ? {} : { aggregationInterval: `${intervalSeconds}s` }),
    ...(secondaryKey === undefined ? {} : { aggregationSecondaryKey: secondaryKey }),
    ...(isNewest ? { aggregationLeadingEdge: 'latest_event_time' } : {}),
    features: chosen.aggregates.flatMap((aggregate, feature) =>
      isJudge ? judges(aggregate, feature) : [aggregateOf(aggregate, `f${feature}`)],
    ),
  })
}

export function serviceOf(views: readonly ReturnType<typeof viewOf>[]) {
  return FeatureService({ name: 'served', features: views })
}

function aggregateOf({ column, function: fn, window }: ChosenAggregate, name: string) {
  return {
    kind: 'aggregate',
    name,
    inputColumn: { name: column, dtype: types[columns[column]] },
    function: fn,
    timeWindow: window,
  }
}

/** What is served of a percentile lies between the exact ones at a rank below and above. */
function judges(aggregate: ChosenAggregate, feature: number) {
  const { function: fn } = aggregate
  if (fn.name !== 'approx_percentile') return [aggregateOf(aggregate, `f${feature}`)]
  const { percentile, precision } = fn
  const error = percentileRankError(percentile, precision)
  const exactAt = (rank: number, name: string) => {
    const within = Math.min(1, Math.max(0, rank))
    return aggregateOf({ ...aggregate, function: { ...fn, percentile: within } }, name)
  }
  return [
    exactAt(percentile - error, `f${feature}_low`),
    exactAt(percentile, `f${feature}`),
    exactAt(percentile + error, `f${feature}_high`),
  ]
}

import {
  Aggregate,
  Attribute,
  approxCountDistinct,
  approxPercentile,
  Entity,
  last,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, Float64, Int32, Int64, String, Timestamp } from '../../shared/types.ts'

/** The source and views that the bench of training data computes. */
export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('user_id', String),
    Field('at', Timestamp),
    Field('amt', Float64),
    Field('merchant', Int32),
    Field('counter', Int64),
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user_id', String)] })
const amt = Field('amt', Float64)
const windows = ['1h', '1d', '30d'] as const
const functions = ['count', 'sum', 'mean', 'max', 'last'] as const

const common = { source: payments, entities: [user], offline: true }
export const views = {
  /** Fifteen features: five functions over three windows. */
  aggregates: StreamFeatureView({
    ...common,
    name: 'aggregates',
    features: windows.flatMap(timeWindow =>
      functions.map(fn => Aggregate({ inputColumn: amt, function: fn, timeWindow })),
    ),
  }),
  /** What has to look at all values again. */
  percentiles: StreamFeatureView({
    ...common,
    name: 'percentiles',
    features: windows.map(timeWindow =>
      Aggregate({ inputColumn: amt, function: approxPercentile({ percentile: 0.9 }), timeWindow }),
    ),
  }),
  lists: StreamFeatureView({
    ...common,
    name: 'lists',
    features: windows.map(timeWindow =>
      Aggregate({ inputColumn: amt, function: last(3), timeWindow }),
    ),
  }),
  distinct: StreamFeatureView({
    ...common,
    name: 'distinct',
    features: windows.map(timeWindow =>
      Aggregate({
        inputColumn: Field('merchant', Int32),
        function: approxCountDistinct(),
        timeWindow,
      }),
    ),
  }),
  attributes: StreamFeatureView({
    ...common,
    name: 'attributes',
    features: [Attribute('amt', Float64), Attribute('merchant', Int32)],
  }),
} as const
export type ViewName = keyof typeof views
export const viewNames = ['aggregates', 'attributes', 'lists', 'distinct', 'percentiles'] as const

export interface DataSize {
  readonly rows: number
  readonly events: number
  readonly entities: number
}

const partRows = 100_000
const startUs = 1_700_000_000_000_000n
const daysUs = 40n * 86_400_000_000n

/** Statements that write a log as parts lie in a cache, and events, into a folder. Users are skewed, some rows late. */
export function dataStatements(
  folder: string,
  { rows, events, entities }: DataSize,
): readonly string[] {
  const step = daysUs / BigInt(rows)
  const skewed = (salt: number) =>
    `'u' || lpad(floor(${entities} * power((hash(i * ${salt}) % 1000003) / 1000003.0, 2))::INTEGER::VARCHAR, 6, '0')`
  const parts = Array.from({ length: Math.ceil(rows / partRows) }, (_, part) => {
    const first = part * partRows
    const end = Math.min(rows, first + partRows)
    return `COPY (
  SELECT ${skewed(1)} AS user_id,
    make_timestamptz((${startUs} + i * ${step} + hash(i * 7) % 60000000)::BIGINT) AS at,
    round((hash(i * 3) % 100000) / 100.0, 2)::DOUBLE AS amt,
    (hash(i * 5) % 500)::INTEGER AS merchant, i::BIGINT AS counter,
    0::INTEGER AS _partition, i::BIGINT AS _offset,
    make_timestamptz((${startUs} + i * ${step} + 60000000)::BIGINT) AS _ingest_ts, 1::BIGINT AS _version
  FROM range(${first}, ${end}) AS rows(i)
) TO '${folder}/part-${`${part}`.padStart(5, '0')}.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10240)`
  })
  return [
    ...parts,
    `COPY (
  SELECT ${skewed(17)} AS user_id,
    make_timestamptz((${startUs} + hash(i * 13) % ${daysUs}::UBIGINT)::BIGINT) AS at_time, i AS id
  FROM range(${events}) AS events(i)
) TO '${folder}/events.parquet' (FORMAT parquet)`,
  ]
}

/** The same by hand: a join of each event with the rows of its entity, and conditional aggregates. */
export function byHand(view: ViewName): string {
  const spans = { '1h': 3_600_000_000n, '1d': 86_400_000_000n, '30d': 30n * 86_400_000_000n }
  const each = {
    aggregates: (name: string, within: string) => [
      `count(amt) ${within} AS "amt_count_${name}_continuous"`,
      `sum(amt) ${within} AS "amt_sum_${name}_continuous"`,
      `avg(amt) ${within} AS "amt_mean_${name}_continuous"`,
      `max(amt) ${within} AS "amt_max_${name}_continuous"`,
      `arg_max(amt, place) ${within} AS "amt_last_${name}_continuous"`,
    ],
    percentiles: (name: string, within: string) => [
      `quantile_cont(amt, 0.9) ${within} AS "amt_approx_percentile_p90_${name}_continuous"`,
    ],
    distinct: (name: string, within: string) => [
      `count(DISTINCT merchant) ${within} AS "merchant_approx_count_distinct_${name}_continuous"`,
    ],
    lists: (name: string, within: string) => [
      `list_reverse(arg_max(amt, place, 3) ${within}) AS "amt_last_3_${name}_continuous"`,
    ],
  }
  if (view === 'attributes') {
    return `SELECT e.id, amt, merchant FROM tg_events AS e
  ASOF LEFT JOIN rows ON rows.user_id = e.user_id AND e.at_time >= rows."at"`
  }
  const features = Object.entries(spans).flatMap(([name, us]) =>
    each[view](name, `FILTER (eff > moment - ${us})`),
  )
  return `WITH log AS (
  SELECT user_id, amt, merchant, epoch_us(least("at", _ingest_ts)) AS eff,
    struct_pack(t := "at", i := _ingest_ts, p := _partition, o := _offset) AS place
  FROM rows
)
SELECT e.id, ${features.join(', ')}
FROM (SELECT *, epoch_us(at_time) AS moment FROM tg_events) AS e
  LEFT JOIN log ON log.user_id = e.user_id AND log.eff <= e.moment AND log.eff > e.moment - ${spans['30d']}
GROUP BY e.id`
}

import { columns, gt, transform } from '../../shared/expressions.ts'
import type { CanonicalRecord } from '../../shared/fields/data-type.ts'
import {
  Aggregate,
  type AnySource,
  Attribute,
  Entity,
  FeatureService,
  FileConfig,
  HiveConfig,
  type InferRecord,
  type InferRow,
  PushConfig,
  PushSource,
  StreamFeatureView,
  StreamSource,
  TimeWindow,
} from '../../shared/index.ts'
import { type RecordSchema, recordSchema } from '../../shared/record-schema.ts'
import * as t from '../../shared/types.ts'
import {
  type AnyField,
  Array,
  Bool,
  Field,
  Float64,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../shared/types.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_ extends true>(): void {}
declare function push<Source extends AnySource>(
  source: Source,
  record: InferRecord<NoInfer<Source>>,
): void

export const transactions = StreamSource({
  name: 'transactions',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('user_id', String),
    Field('timestamp', Timestamp),
    Field('amt', Float64),
    Field('note', String, { nullable: true }),
    Field({ name: 'n', dtype: Int64 }),
    Field({ name: 'ok', dtype: Bool, nullable: true }),
    Field('tags', Array(String)),
    Field('by_day', Map(String, Int64)),
    Field('at', Struct([Field('lat', Float64), Field('acc', Float64, { nullable: true })])),
  ],
})
is<Equal<typeof transactions.name, 'transactions'>>()
is<
  Equal<
    InferRecord<typeof transactions>,
    {
      user_id: string
      timestamp: Date | string
      amt: number
      n: bigint | number | string
      tags: readonly string[]
      by_day: { readonly [key: string]: bigint | number | string }
      at: { lat: number; acc?: number | null | undefined }
      note?: string | null | undefined
      ok?: boolean | null | undefined
    }
  >
>()
is<
  Equal<
    InferRow<typeof transactions>,
    {
      user_id: string
      timestamp: string
      amt: number
      note: string | null
      n: bigint
      ok: boolean | null
      tags: string[]
      by_day: { [key: string]: bigint }
      at: { lat: number; acc: number | null }
    }
  >
>()

// A schema made beforehand, a plain array and no tuple, infers the same.
const fields = [
  t.Field('origin', t.String),
  t.Field('delay', t.Int64),
  t.Field('date', t.Timestamp),
  t.Field('gate', t.Int32, { nullable: true }),
]
export const flights = StreamSource({ name: 'flights', streamConfig: PushConfig(), schema: fields })
interface Flight {
  origin: string
  delay: bigint | number | string
  date: Date | string
  gate?: number | null | undefined
}
is<
  Equal<
    { [K in keyof InferRecord<typeof flights>]: InferRecord<typeof flights>[K] },
    { [K in keyof Flight]: Flight[K] }
  >
>()

// The older form infers as well, and a definition of unknown shape takes any of them.
const clicks = PushSource({ name: 'clicks', schema: [Field('clicked', Int64)] })
is<Equal<InferRow<typeof clicks>, { clicked: bigint }>>()

const origin = Entity({ name: 'origin', joinKeys: [Field('origin', String)] })
const view = StreamFeatureView({
  name: 'view',
  source: flights,
  entities: [origin],
  timestampField: 'date',
  features: [Attribute('delay', Int64)],
})
is<Equal<(typeof view.features)[0]['name'], 'delay'>>()
const derived = columns(flights.schema)
StreamFeatureView({
  name: 'aggregated',
  source: flights,
  entities: [origin],
  transformation: transform({ columns: { late: gt(derived.delay, 15n) } }),
  features: [
    Aggregate({ inputColumn: Field('delay', Int64), function: 'sum', timeWindow: '1h' }),
    Aggregate({ inputColumn: Field('late', Bool), function: 'count', timeWindow: '1h' }),
  ],
})
const service = FeatureService({ name: 'service:v1', features: [view] })
is<Equal<(typeof service.features)[0]['name'], 'view'>>()
push(flights, { origin: 'SEA', delay: 3, date: new Date(0) })

// A record's schema knows what goes in; a schema decoded at run time takes any record.
const schema = recordSchema(flights.schema)
type Types = NonNullable<(typeof schema)['~types']>
is<Equal<Types['input'], InferRecord<typeof flights>>>()
is<Equal<Types['output'], CanonicalRecord>>()
const decoded: readonly AnyField[] = fields
const anySchema: RecordSchema<readonly AnyField[]> = recordSchema(decoded)
is<Equal<typeof anySchema.type, 'record'>>()

// Only the value is hidden: the type Array is still the global one.
const global: Array<string> = []
is<Equal<typeof global, string[]>>()

// What must not compile. None of it runs.
export function refused(): void {
  // @ts-expect-error JavaScript's own String
  Field('x', globalThis.String)
  // @ts-expect-error a member type that is JavaScript's own
  Array(Number)
  // @ts-expect-error a key of a map that is no String
  Map(Int64, String)
  // @ts-expect-error a flag known only at run time
  Field('x', String, { nullable: Math.random() > 0.5 })
  // @ts-expect-error a missing field
  push(flights, { origin: 'SEA', delay: 3 })
  // @ts-expect-error an unknown field
  push(flights, { origin: 'SEA', delay: 1, date: '', nope: 1 })
  // @ts-expect-error null in a required field
  push(flights, { origin: null, delay: 1, date: '' })
  // @ts-expect-error a number for a time
  push(flights, { origin: 'SEA', delay: 1, date: 0 })
  // @ts-expect-error no history and no stream config
  StreamSource({ name: 's', schema: fields })
  const plain = { name: 's', streamConfig: PushConfig(), schema: fields } as const
  const timed = { name: 's', schema: [Field('user', String), Field('at', Timestamp)] } as const
  StreamSource({ ...timed, streamConfig: PushConfig({ timestampField: 'at', logOffline: true }) })
  // @ts-expect-error no such column to say when
  StreamSource({ ...timed, streamConfig: PushConfig({ timestampField: 'when' }) })
  // @ts-expect-error a column that is no time
  StreamSource({ ...timed, streamConfig: PushConfig({ timestampField: 'user' }) })
  // @ts-expect-error a flag that there is not
  PushConfig({ timestampField: 'at', logOfline: true })
  const files = FileConfig({ uri: 's3://b/k', fileFormat: 'parquet' })
  const logged = PushConfig({ logOffline: true })
  // @ts-expect-error a type that names no entity
  Entity({ name: 'e', joinKeys: [Field('user', String), Field('score', Float64)] })
  const source = StreamSource({ ...timed, streamConfig: PushConfig() })
  const stranger = Entity({ name: 'e', joinKeys: [Field('stranger', String)] })
  const features = [Attribute('user', String)] as const
  // @ts-expect-error a join key that is no column
  StreamFeatureView({ name: 'v', source, entities: [stranger], features })
  // @ts-expect-error a history here and another elsewhere
  StreamSource({ ...timed, streamConfig: logged, batchConfig: files })
  // @ts-expect-error an option that is no text
  StreamSource({ ...plain, options: { replay: true } })
  const table = { database: 'd', table: 't' } as const
  // @ts-expect-error a part of a date that there is not
  HiveConfig({ ...table, datetimePartitionColumns: [{ columnName: 'w', datepart: 'week' }] })
  // @ts-expect-error a column that is no field
  FileConfig({ uri: 'x', fileFormat: 'csv', schemaOverride: ['a'] })
  // @ts-expect-error the older form has no stream config
  PushSource({ name: 's', schema: fields, streamConfig: PushConfig() })
  // @ts-expect-error a post-processor is no function
  PushConfig({ postProcessor: () => null })
  const base = { name: 'view', source: flights, entities: [origin] } as const
  // @ts-expect-error no such column to order by
  StreamFeatureView({ ...base, timestampField: 'nope', features: [Attribute('delay', Int64)] })
  // @ts-expect-error no such column to serve
  StreamFeatureView({ ...base, features: [Attribute('nope', Int64)] })
  // @ts-expect-error another type than the column's
  StreamFeatureView({ ...base, features: [Attribute('delay', String)] })
  // @ts-expect-error a duration without unit
  StreamFeatureView({ ...base, features: [Attribute('delay', Int64)], ttl: '30' })
  const counted = { function: 'count', timeWindow: '1h' } as const
  const tips = Aggregate({ inputColumn: Field('tip', Int64), ...counted })
  const texts = Aggregate({ inputColumn: Field('delay', String), ...counted })
  // @ts-expect-error no such column to aggregate
  StreamFeatureView({ ...base, features: [tips] })
  // @ts-expect-error aggregated as another type than the column's
  StreamFeatureView({ ...base, features: [texts] })
  // @ts-expect-error a function that is none
  Aggregate({ inputColumn: Field('delay', Int64), function: 'median', timeWindow: '1h' })
  // @ts-expect-error a window ahead of the moment
  TimeWindow({ windowSize: '1h', offset: '1d' })
  // @ts-expect-error a source is no feature view
  FeatureService({ name: 'service', features: [flights] })
}

const deprecating = StreamSource({
  name: 'deprecating',
  streamConfig: PushConfig(),
  schema: [Field('old', String, { nullable: true, deprecated: true }), Field('n', Int64)],
})
// A deprecated field is a nullable one: it may be pushed, and is read.
is<
  Equal<
    InferRecord<typeof deprecating>,
    { n: bigint | number | string; old?: string | null | undefined }
  >
>()
is<Equal<InferRow<typeof deprecating>, { old: string | null; n: bigint }>>()
// @ts-expect-error A required field cannot be deprecated.
Field('old', String, { deprecated: true })

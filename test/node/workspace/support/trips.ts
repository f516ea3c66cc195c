import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../../shared/index.ts'
import {
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Array as List,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../../shared/types.ts'
import type { Line } from '../../../line/support/line.ts'

/** A source with a column of each type. */
export const trips = StreamSource({
  name: 'trips',
  description: 'Where they went',
  owner: 'ops@example.com',
  tags: { team: 'maps' },
  options: { feed: 'gtfs' },
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions: 4 }),
  schema: [
    Field('id', Int64),
    Field('at', Timestamp),
    Field('who', String),
    Field('legs', Int32),
    Field('far', Float64, { nullable: true }),
    Field('fare', Float32),
    Field('done', Bool, { nullable: true }),
    Field('stops', List(Timestamp), { nullable: true }),
    Field('counts', Map(String, Int64)),
    Field('from', Struct([Field('place', String, { nullable: true }), Field('seen', Timestamp)]), {
      nullable: true,
    }),
  ],
})

const latestTrip = StreamFeatureView({
  name: 'latest_trip',
  source: trips,
  entities: [Entity({ name: 'trip', joinKeys: [Field('id', Int64)] })],
  features: [
    Attribute('legs', Int32),
    Attribute('far', Float64),
    Attribute('stops', List(Timestamp)),
    Attribute('counts', Map(String, Int64)),
    Attribute(
      'from',
      Struct([Field('place', String, { nullable: true }), Field('seen', Timestamp)]),
    ),
  ],
})
/** A service of the newest trip of each id. */
export const tripFeatures = FeatureService({ name: 'trip:features', features: [latestTrip] })

const firstMs = Date.UTC(2026, 0, 1)

/** The nth trip as it is pushed; one a minute. */
export function tripOf(n: number) {
  const at = new Date(firstMs + n * 60_000)
  return {
    id: n % 3 === 0 ? 9_223_372_036_854_775_807n - BigInt(n) : BigInt(n),
    at,
    who: `Zoë 👋 ${n} "_partition":7,"_offset":9}`,
    legs: n,
    far: n % 2 === 0 ? n / 3 : null,
    fare: 0.5 - n,
    done: n % 5 === 0 ? null : n % 2 === 0,
    stops: n % 4 === 0 ? null : ['0001-01-01T00:00:00.000001Z', '9999-12-31T23:59:59.999999Z'],
    counts: { _partition: BigInt(n), _offset: -9_007_199_254_740_993n },
    from: n % 7 === 0 ? null : { place: n % 2 === 0 ? null : 'Ö\n', seen: at },
  }
}

/** Pushes trips by several producers, so that most partitions have some, half of them into parts. */
export async function pushTrips(line: Line, count: number): Promise<void> {
  const clients = Array.from({ length: 12 }, () => line.client())
  const push = async (from: number, to: number) => {
    for (let n = from; n < to; n++) clients[n % clients.length]?.push(trips, tripOf(n))
    await Promise.all(clients.map(client => client.flush()))
  }
  await push(0, count / 2)
  await line.roll('trips')
  await push(count / 2, count)
  const counts = await Promise.all(clients.map(client => client.close()))
  const accepted = counts.reduce((sum, { accepted }) => sum + accepted, 0)
  if (accepted !== count) throw new Error(`${accepted} of ${count} trips were accepted.`)
}

import { expect, it } from 'vitest'
import { refusalOfState } from '../../../gateway/registry/refuse-state.ts'
import { readFeatureView } from '../../../shared/definitions/stream-feature-view.ts'
import {
  Aggregate,
  approxCountDistinct,
  approxPercentile,
  Entity,
  LifetimeWindow,
  last,
  PushConfig,
  StreamSource,
  TimeWindowSeries,
} from '../../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../../shared/types.ts'

const source = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('user', String), Field('at', Timestamp), Field('amount', Int64)],
})
const inputColumn = Field('amount', Int64)
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })

const refused = (features: readonly unknown[], interval: object = {}) =>
  refusalOfState(
    readFeatureView({ name: 'spent', source, entities: [user], features, ...interval }),
  )

it.each([
  [[Aggregate({ inputColumn, function: 'sum', timeWindow: '30d' })], {}],
  [[Aggregate({ inputColumn, function: 'sum', timeWindow: '30d' })], { aggregationInterval: '1h' }],
  [[Aggregate({ inputColumn, function: last(1_000), timeWindow: LifetimeWindow() })], {}],
  [
    [
      Aggregate({
        inputColumn,
        function: approxCountDistinct({ precision: 16 }),
        timeWindow: '30d',
      }),
    ],
    {},
  ],
  [
    [
      Aggregate({
        inputColumn,
        function: approxPercentile({ percentile: 0.9, precision: 500 }),
        timeWindow: '30d',
      }),
    ],
    { aggregationInterval: '1h' },
  ],
] as const)('state that fits is none to refuse: %#', (features, interval) => {
  expect(refused(features, interval)).toBeUndefined()
})

it('state that grows beyond an entity is refused with its sum and what to do', () => {
  const sum = Aggregate({ inputColumn, function: 'sum', timeWindow: '30d' })
  expect(refused([sum], { aggregationInterval: '1s' })).toMatch(
    /^StreamFeatureView "spent": Windows that reach back 30d have 27\d{5} tiles of 1000 ms for each entity, of up to \d+ B each: \d+\.\d MB; the limit is 67\.1 MB\. Choose a longer aggregationInterval/,
  )
})

it('states that do not fit a row together are refused with their sum and what to do', () => {
  const lists = [5, 6, 7].map(n =>
    Aggregate({
      inputColumn: Field('user', String),
      function: last(1_000 - n),
      timeWindow: `${n}d`,
    }),
  )
  expect(refused(lists)).toMatch(/ in one row; the limit is 1\.5 MB\. Lower n or precision/)
})

it('windows that one reading could not merge are refused with their number, their sum and what to do', () => {
  const series = (steps: number, end = 0) =>
    TimeWindowSeries({
      seriesStart: `-${steps + end}m`,
      seriesEnd: end === 0 ? '0s' : `-${end}m`,
      windowSize: '1m',
    })
  const sum = (end: number, steps = 1_000) =>
    Aggregate({ inputColumn, function: 'sum', timeWindow: series(steps, end), name: `sum${end}` })
  expect(refused([sum(0)])).toBeUndefined()
  // The same windows are merged once.
  expect(refused([sum(0), { ...sum(0), name: 'again' }])).toBeUndefined()
  expect(refused([sum(0), sum(1, 1)])).toMatch(
    /Its 1001 windows, those of series counted, take up to \d+\.\d kB in a reading; the limits are 1000 windows and 16\.8 MB\. Choose fewer/,
  )
  const distinct = approxCountDistinct({ precision: 16 })
  const wide = Aggregate({
    inputColumn,
    function: distinct,
    timeWindow: series(999),
    name: 'wide',
  })
  expect(refused([wide])).toMatch(/Its 999 windows, .* take up to \d\d+\.\d MB in a reading/)
})

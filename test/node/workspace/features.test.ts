import { afterAll, beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { getWorkspace, type Workspace } from '../../../client/workspace/index.ts'
import { encodeType } from '../../../shared/fields/encode-fields.ts'
import {
  Attribute,
  FeatureService,
  StreamFeatureView,
  ValidationError,
} from '../../../shared/index.ts'
import { Int32 } from '../../../shared/types.ts'
import { type LineGateway, startGateway } from '../../line/support/gateway.ts'
import type { Line } from '../../line/support/line.ts'
import { pushTrips, tripFeatures, tripOf, trips } from './support/trips.ts'

const [latest] = tripFeatures.features
const near = StreamFeatureView({
  name: 'near_trip',
  source: trips,
  entities: latest.entities,
  features: [Attribute('legs', Int32)],
  edgeCache: { maxAge: '5m' },
})
const nearService = FeatureService({ name: 'near', features: [near] })

let gateway: LineGateway
let line: Line
let workspace: Workspace

beforeAll(async () => {
  gateway = await startGateway()
  line = gateway.line()
  await line.apply([tripFeatures, nearService])
  await pushTrips(line, 40)
  workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
})
afterAll(() => gateway.close())

describe('features', () => {
  const trip = tripOf(12)
  const seen = trip.at.toISOString().replace('Z', '000Z')

  test('by a definition have its types', async () => {
    const { values, statuses, effectiveTimes } = await workspace.getFeatures(tripFeatures, {
      id: trip.id,
    })
    expect(values).toEqual({
      'latest_trip.legs': 12,
      'latest_trip.far': 4,
      'latest_trip.stops': null,
      'latest_trip.counts': trip.counts,
      'latest_trip.from': { place: null, seen },
    })
    expect(statuses['latest_trip.legs']).toBe('PRESENT')
    expect(effectiveTimes['latest_trip.legs']).toBe(seen)
    expectTypeOf(values['latest_trip.legs']).toEqualTypeOf<number | null>()
    expectTypeOf(values['latest_trip.counts']).toEqualTypeOf<{ [key: string]: bigint } | null>()
    expectTypeOf(values).not.toHaveProperty('latest_trip.id')
  })

  test('by name are decoded as the gateway types them', async () => {
    const { values } = await workspace.getFeatures('trip:features', { id: trip.id })
    expect(values).toMatchObject({
      'latest_trip.legs': 12n,
      'latest_trip.counts': trip.counts,
      'latest_trip.from': { place: null, seen },
    })
  })

  test('of an entity that nobody knows are missing, not an error', async () => {
    const { values, statuses, effectiveTimes } = await workspace.getFeatures(tripFeatures, {
      id: -1n,
    })
    expect(new Set(Object.values(values))).toEqual(new Set([null]))
    expect(new Set(Object.values(statuses))).toEqual(new Set(['MISSING_DATA']))
    expect(effectiveTimes['latest_trip.far']).toBeNull()
  })

  test('with marks name the rows that they are a fold of', async () => {
    const { marks } = await workspace.getFeatures(tripFeatures, { id: 1n }, { marks: true })
    expect(marks).toEqual({
      latest_trip: {
        source: 'trips',
        cut: expect.stringMatching(/^0:-?\d+,1:/),
        at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
      },
    })
    const { cut = '' } = marks?.latest_trip ?? {}
    const rows = await workspace
      .source(trips)
      .getDataframe({ cut, columns: ['id'] })
      .toArray()
    expect(rows).toHaveLength(40)
  })

  test('of wrong keys, or of no service, are a sentence', async () => {
    await expect(workspace.getFeatures(tripFeatures, { who: 1 })).rejects.toMatchObject({
      code: 'http_400',
      message: expect.stringContaining('Unexpected join key: who; the feature service has id.'),
    })
    await expect(workspace.getFeatures('none', {})).rejects.toMatchObject({ status: 404 })
  })
})

describe('features of many', () => {
  test('come in the order of their entities, more than a request may ask for', async () => {
    const asked: number[] = []
    const counted = getWorkspace(line.workspace, {
      url: gateway.url,
      key: line.adminKey,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        asked.push(JSON.parse(await request.clone().text()).params.requestData?.length ?? 1)
        return fetch(request)
      },
    })
    // The last one alone, which is asked for as one.
    const numbers = Array.from({ length: 201 }, (_, at) => (at * 7) % 50)
    const rows = numbers.map(n => ({ id: tripOf(n).id }))
    const readings = await counted.getFeaturesBatch(tripFeatures, rows, { marks: true })
    expect(asked).toEqual([100, 100, 1])
    expect(readings.map(({ values }) => values['latest_trip.legs'])).toEqual(
      numbers.map(n => (n < 40 ? n : null)),
    )
    expect(readings.map(({ statuses }) => statuses['latest_trip.legs'])).toEqual(
      numbers.map(n => (n < 40 ? 'PRESENT' : 'MISSING_DATA')),
    )
    for (const [at, { effectiveTimes, marks }] of readings.entries()) {
      const n = numbers[at] ?? 0
      const time = n < 40 ? tripOf(n).at.toISOString().replace('Z', '000Z') : null
      expect(effectiveTimes['latest_trip.far']).toBe(time)
      expect(marks).toMatchObject({ latest_trip: { source: 'trips' } })
    }
    expectTypeOf(readings[0]?.values['latest_trip.legs']).toEqualTypeOf<number | null | undefined>()
  })

  test('of nobody ask nobody', async () => {
    const silent = getWorkspace('nowhere', { url: 'http://127.0.0.1:1', key: 'none' })
    expect(await silent.getFeaturesBatch('f', [])).toEqual([])
  })

  test('of a wrong row say which one it is', async () => {
    const rows = [{ id: 1n }, { id: 'x' }]
    await expect(workspace.getFeaturesBatch(tripFeatures, rows)).rejects.toThrow(
      'requestData[1]: Invalid join key: id',
    )
  })
})

describe('how features are read', () => {
  test('takes copies at the edge, and says how old they are', async () => {
    const read = () => workspace.getFeatures(nearService, { id: tripOf(1).id }, { cache: true })
    expect(await read()).not.toHaveProperty('agesSeconds')
    const copy = await vi.waitFor(
      async () => {
        const reading = await read()
        expect(reading.statuses['near_trip.legs']).toBe('CACHED_PRESENT')
        return reading
      },
      { timeout: 20_000 },
    )
    expect(copy.values['near_trip.legs']).toBe(1)
    expect(copy.effectiveTimes['near_trip.legs']).toBeNull()
    expect(copy.agesSeconds?.['near_trip.legs']).toBeGreaterThanOrEqual(0)
    const fresh = await workspace.getFeatures(nearService, { id: tripOf(1).id })
    expect(fresh.statuses['near_trip.legs']).toBe('PRESENT')
  })

  test('is told to the gateway, and with a budget nothing is asked again', async () => {
    const asked: unknown[] = []
    const busy = getWorkspace('shop', {
      url: 'http://gateway.internal',
      key: 'key',
      fetch: async (input, init) => {
        asked.push(JSON.parse(await new Request(input, init).text()).params)
        return Response.json({ error: 'Late.', code: 4, message: 'Late.' }, { status: 504 })
      },
    })
    const reading = busy.getFeatures(
      'f',
      { id: 1n },
      { latencyBudgetMs: 50, allowPartialResults: true, leadingEdge: 'latest_event_time' },
    )
    await expect(reading).rejects.toMatchObject({ status: 504 })
    expect(asked).toMatchObject([
      {
        joinKeyMap: { id: '1' },
        allowPartialResults: true,
        requestOptions: {
          latencyBudgetMs: 50,
          aggregationLeadingEdge: 'AGGREGATION_MODE_LATEST_EVENT_TIME',
        },
      },
    ])
  })

  test('means nothing with another leading edge', async () => {
    const leadingEdge: 'wall_clock' = JSON.parse('"now"')
    await expect(workspace.getFeatures('f', {}, { leadingEdge })).rejects.toThrow(ValidationError)
  })
})

test('a service’s metadata are its join keys and features, with types', async () => {
  const { joinKeys, features } = await workspace.getServiceMetadata('trip:features')
  const typed = (names: typeof features) =>
    names.map(({ name, dtype }) => [name, Object(encodeType(dtype)).kind ?? encodeType(dtype)])
  expect(typed(joinKeys)).toEqual([['id', 'int64']])
  expect(typed(features)).toEqual([
    ['latest_trip.legs', 'int64'],
    ['latest_trip.far', 'float64'],
    ['latest_trip.stops', 'array'],
    ['latest_trip.counts', 'map'],
    ['latest_trip.from', 'struct'],
  ])
  await expect(workspace.getServiceMetadata('none')).rejects.toMatchObject({ status: 404 })
})

import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFlights } from '../../cli/quickstart/flights.ts'
import { flightFeatures, flights } from '../../examples/quickstart/definitions.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

const file = fileURLToPath(
  new URL('../../node_modules/vega-datasets/data/flights-20k.json', import.meta.url),
)
const flight = v.object({
  date: v.string(),
  delay: v.number(),
  distance: v.number(),
  origin: v.string(),
  destination: v.string(),
})
/** The input as DuckDB itself reads it: nothing of ours has touched it. */
const input = `(
  SELECT strptime(date, '%Y/%m/%d %H:%M')::TIMESTAMP::TIMESTAMPTZ AS date,
         delay::BIGINT AS delay, distance::BIGINT AS distance, origin, destination,
         row_number() OVER () AS row
  FROM read_json('${file}', columns = {date: 'VARCHAR', delay: 'BIGINT', distance: 'BIGINT',
                                       origin: 'VARCHAR', destination: 'VARCHAR'})
)`
const columns = 'date, delay, distance, origin, destination'

test('20,000 flights are 20,000 rows, and every origin has the latest flight that DuckDB finds', async () => {
  const line = gateway.line()
  await line.apply([flights, flightFeatures])
  const client = line.client()
  for await (const { value } of (await readFlights()).rows()) {
    client.push(flights, v.parse(flight, value))
  }
  expect(await client.close()).toMatchObject({ accepted: 20_000, duplicate: 0, rejected: 0 })
  expect(await line.counts('flights')).toMatchObject({ rows: 20_000 })
  expect(await line.dataFrame('flights')).toHaveLength(20_000)

  await line.roll('flights')
  const { parts, table } = await duck.partsOf(line, 'flights')
  expect(parts.reduce((rows, part) => rows + part.rows, 0)).toBe(20_000)
  expect(await line.counts('flights')).toMatchObject({ rows: 20_000, tailRows: 0 })

  const differences = await duck.rows(`
    (SELECT 'lost' AS what, ${columns} FROM (FROM ${input} SELECT ${columns} EXCEPT ALL FROM ${table} SELECT ${columns}))
    UNION ALL
    (SELECT 'added' AS what, ${columns} FROM (FROM ${table} SELECT ${columns} EXCEPT ALL FROM ${input} SELECT ${columns}))`)
  expect(differences).toEqual([])
  expect(
    await duck.rows(`SELECT count(*) AS n, count(DISTINCT _offset) AS offsets FROM ${table}`),
  ).toEqual([{ n: 20_000, offsets: 20_000 }])

  const latest = await duck.rows(`
    SELECT origin, delay::VARCHAR AS delay, distance::VARCHAR AS distance, destination,
           strftime(date::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ') AS date
    FROM (SELECT *, row_number() OVER (PARTITION BY origin ORDER BY date DESC, row DESC) AS place
          FROM ${input})
    WHERE place = 1 ORDER BY origin`)
  expect(latest.length).toBeGreaterThan(100)
  const served = await Promise.all(
    v.parse(v.array(v.object({ origin: v.string() })), latest).map(async ({ origin }) => {
      const { values, effectiveTimes } = await line.features('flight_features', { origin })
      return {
        origin,
        delay: values['origin_latest_flight.delay'],
        distance: values['origin_latest_flight.distance'],
        destination: values['origin_latest_flight.destination'],
        date: effectiveTimes[0],
      }
    }),
  )
  expect(served).toEqual(latest)
  expect(gateway.reports()).toEqual([])
})

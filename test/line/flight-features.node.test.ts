import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isoDateOf } from '../../cli/quickstart/flights.ts'
import { readInput } from '../../cli/read-input.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { originDelays, originFeatures } from '../../examples/feature-views/definitions.ts'
import { flights } from '../../examples/quickstart/definitions.ts'
import { percentileRankError } from '../../shared/aggregates/percentile.ts'
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
const windows = { '1h': 'INTERVAL 1 HOUR', '1d': 'INTERVAL 24 HOUR', '30d': 'INTERVAL 30 DAY' }
const error = percentileRankError(0.9, 100)
const bounds = v.object({
  origin: v.string(),
  n: v.number(),
  mean: v.nullable(v.number()),
  low: v.nullable(v.number()),
  high: v.nullable(v.number()),
})

test('mean delay, count and 90th percentile of every origin are what SQL says, over an hour, a day and a month', async () => {
  const line = gateway.line()
  await line.apply([flights, originFeatures])
  const rows: v.InferOutput<typeof flight>[] = []
  for await (const { value } of (await readInput(file)).rows()) rows.push(v.parse(flight, value))
  // The data ends now.
  const lastMs = Math.max(...rows.map(({ date }) => Date.parse(isoDateOf(date))))
  const shiftMs = Date.now() - 60_000 - lastMs
  const client = line.client()
  for (const row of rows) {
    client.push(flights, { ...row, date: new Date(Date.parse(isoDateOf(row.date)) + shiftMs) })
  }
  expect(await client.close()).toMatchObject({ accepted: 20_000 })

  const workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
  const origins = [...new Set(rows.map(({ origin }) => origin))].sort()
  expect(origins.length).toBeGreaterThan(100)
  for (let from = 0; from < origins.length; from += 100) {
    const some = origins.slice(from, from + 100)
    const readings = await workspace.getFeaturesBatch(
      originFeatures,
      some.map(origin => ({ origin })),
      { marks: true },
    )
    const at = readings[0]?.marks?.[originDelays.name]?.at ?? ''
    expect(new Set(readings.map(({ marks }) => marks?.[originDelays.name]?.at))).toEqual(
      new Set([at]),
    )
    for (const [window, interval] of Object.entries(windows)) {
      // Of the file itself, which nothing of ours has touched.
      const wanted = v.parse(
        v.array(bounds),
        await duck.rows(`
        WITH flights AS (
          SELECT origin, delay,
                 strptime(date, '%Y/%m/%d %H:%M')::TIMESTAMP + to_milliseconds(${shiftMs}) AS seen
          FROM read_json('${file}', columns = {date: 'VARCHAR', delay: 'BIGINT', origin: 'VARCHAR'})
        ), moment AS (SELECT '${at.replace('Z', '')}'::TIMESTAMP AS moment)
        SELECT all_of.origin, count(delay)::DOUBLE AS n, avg(delay) AS mean,
               quantile_cont(delay, ${0.9 - error}) AS low, quantile_cont(delay, ${Math.min(1, 0.9 + error)}) AS high
        FROM (SELECT DISTINCT origin FROM flights) AS all_of CROSS JOIN moment
        LEFT JOIN flights ON flights.origin = all_of.origin
          AND seen > moment - ${interval} AND seen <= moment
        GROUP BY all_of.origin ORDER BY all_of.origin`),
      )
      const byOrigin = new Map(wanted.map(one => [one.origin, one]))
      for (const [place, origin] of some.entries()) {
        const served = (name: string) =>
          readings[place]?.values[`origin_delays.delay_${name}_${window}_continuous`]
        const { n, mean, low, high } = byOrigin.get(origin) ?? { n: -1 }
        expect(served('count'), origin).toBe(BigInt(n))
        if (n === 0) expect([served('mean'), served('approx_percentile_p90')]).toEqual([null, null])
        else {
          expect(served('mean')).toBeCloseTo(Number(mean), 9)
          expect(served('approx_percentile_p90')).toBeGreaterThanOrEqual(Number(low))
          expect(served('approx_percentile_p90')).toBeLessThanOrEqual(Number(high))
        }
      }
    }
  }
})

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import { type PartReader, walkLine } from './support/walk-line.ts'

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

async function duckReader(): Promise<PartReader> {
  const duck = await openDuck()
  onTestFinished(() => duck.close())
  return async (line, source) => {
    const { parts, table } = await duck.partsOf(line, source)
    if (parts.length === 0) return []
    return duck.rows(`SELECT * EXCLUDE (_ingest_ts, _version) FROM ${table}`)
  }
}

test('a record goes the whole way: pushed, acknowledged, a feature, in Parquet, in the data frame', async () => {
  await walkLine(gateway.line(), await duckReader())
  expect(gateway.reports()).toEqual([])
})

test('it goes the same way when every object loses its memory before every request', async () => {
  let most = 0
  const evict = async () => {
    most = Math.max(most, await gateway.evictAll())
  }
  await walkLine(gateway.line(evict), await duckReader())
  // A registry, a catalogue, a partition and a shard at once: the evictions did reach them all.
  expect(most).toBeGreaterThanOrEqual(4)
  expect(gateway.reports()).toEqual([])
})

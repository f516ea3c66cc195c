import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Part } from '../../gateway/contracts/catalogue-contract.ts'
import { messageFormat } from '../../gateway/contracts/message.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { Field, String } from '../../shared/types.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import type { Actor } from '../simulation/actor.ts'
import { digestInOrder } from '../simulation/exact-digest.ts'
import { noFaults } from '../simulation/faults.ts'
import { seededRandom } from '../simulation/seeded-random.ts'
import { simWorld } from '../simulation/sim-world.ts'
import { virtualTime } from '../simulation/virtual-time.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { extremeColumns } from './support/extremes.ts'
import { normalRow } from './support/normal-form.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const workspaceId = 'aaaaaaaaaa-auto'
const source = StreamSource({
  name: 'extremes',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('key', String),
    ...extremeColumns.map(({ name, type }) => Field(name, type, { nullable: true })),
  ],
})

/** One record for each case of the longest column, and as many of nothing but nulls. */
const records = Array.from(
  { length: 2 * Math.max(...extremeColumns.map(({ cases }) => cases.length)) },
  (_, at) => ({
    key: `key ${at}`,
    ...Object.fromEntries(
      extremeColumns.map(({ name, cases }) => [
        name,
        at % 2 === 0 ? null : (cases[((at - 1) / 2) % cases.length]?.[1] ?? null),
      ]),
    ),
  }),
)

/** The gateway's objects in virtual time, so that the hour is over when the test says so. */
function openWorld() {
  digestInOrder()
  const random = seededRandom(1)
  const time = virtualTime(Date.UTC(2026, 0, 1), random)
  const world = simWorld({ time, random, faults: noFaults(), trace: () => {} })
  const self: Actor = { name: 'test', life: 0, gate: async () => {}, crash: () => {} }
  const { peers } = world.portsFor(self)
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    void work.then(
      () => {
        isDone = true
      },
      () => {
        isDone = true
      },
    )
    await time.run(100_000, () => isDone)
    return work
  }
  return { world, peers, settle, rest: () => time.run(100_000) }
}

test('DuckDB reads the same rows and types out of the small parts and out of the one that they become', async () => {
  const { world, peers, settle, rest } = openWorld()
  const format = messageFormat
  const definitions = workspaceDefinitions({ name: 'test', live: true }, [source])
  const canonical = canonicalJson(definitions)
  const registry = peers.registry(workspaceId)
  await settle(
    registry.apply({ format, workspace: 'test', expectedHash: null, canonical, keyId: 'key' }),
  )
  const resolved = await settle(registry.definitions({ format }))
  const sourceId = resolved?.sources[0]?.id ?? ''
  const partition = peers.partition(workspaceId, sourceId, 0)
  for (let at = 0; at < records.length; at += 5) {
    const some = records.slice(at, at + 5)
    const append = partition.append({
      format,
      version: 1,
      producer: '0'.repeat(32),
      kind: 'named',
      floor: 0,
      text: some.map(record => JSON.stringify(record)).join('\n'),
      sequences: [[at, at + some.length]],
      slots: {},
      rejected: [],
      waitMs: 1_000,
    })
    expect((await settle(append)).outcome).toBe('judged')
    await settle(partition.roll({ format }))
  }

  const list = async () => {
    const catalogue = world.watching.peers.catalogue(workspaceId, sourceId)
    return (await settle(catalogue.list({ format }))).parts
  }
  const read = async (parts: readonly Part[]) => {
    const { table } = await duck.partsOf(
      {
        parts: async () => [...parts],
        part: async (_, name) => {
          const { key = '' } = parts.find(part => part.name === name) ?? {}
          return world.parts.get(key)?.bytes ?? new Uint8Array()
        },
      },
      source.name,
    )
    return {
      rows: await duck.rows(`SELECT * FROM ${table}`),
      types: await duck.rows(`DESCRIBE SELECT * FROM ${table}`),
    }
  }
  const small = await list()
  const before = await read(small)
  await rest()
  const compacted = await list()
  expect(small.length).toBe(Math.ceil(records.length / 5))
  expect(compacted).toMatchObject([{ start: 0, end: records.length, rows: records.length }])
  const after = await read(compacted)
  expect(after).toEqual(before)
  const fields = source.schema
  expect(after.rows.map(row => normalRow('DuckDB', fields, row))).toEqual(
    records.map(record => normalRow('canonical', fields, parseExactJson(JSON.stringify(record)))),
  )
  expect(world.reports).toEqual([])
  world.close()
})

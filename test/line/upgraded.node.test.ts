import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bootGateway, type RunningGateway } from '../../cli/boot-gateway.ts'
import { keysFileSchema } from '../../cli/local-keys.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { flightFeatures, flights, origin } from '../../examples/quickstart/definitions.ts'
import { Attribute, FeatureService, StreamFeatureView, StreamSource } from '../../shared/index.ts'
import { keyEntryOf } from '../../shared/keys.ts'
import { Field, Int64, String } from '../../shared/types.ts'
import { type Line, openLine } from './support/line.ts'

/**
 * A state folder as the gateway before plans and schema versions left it: the quickstart's definitions, 300
 * flights in a part, two in a tail whose roll is due by now, five records rejected. Its keys are of no other gateway.
 */
const stateSchema = v.object({ keys: keysFileSchema, files: v.record(v.string(), v.string()) })

let gateway: RunningGateway
let line: Line
let folder: string
beforeAll(async () => {
  const packed = await readFile(
    fileURLToPath(new URL('../golden/state-1/state.json.gz', import.meta.url)),
  )
  const { keys, files } = v.parse(stateSchema, JSON.parse(gunzipSync(packed).toString()))
  folder = await mkdtemp(join(tmpdir(), 'tidegate-state-'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), Buffer.from(content, 'base64'))
  }
  gateway = await bootGateway({
    stateFolder: folder,
    port: 0,
    keyEntries: [await keyEntryOf(keys.admin), await keyEntryOf(keys.ingest)].join(','),
    origins: '',
    onLog: () => {},
  })
  const { admin: adminKey, ingest: ingestKey } = keys
  const { url } = gateway
  line = openLine({ url, adminKey, ingestKey, workspace: 'demo', fetch })
}, 60_000)
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
})

const resend = (sequences: readonly number[]) =>
  fetch(`${gateway.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${line.ingestKey}` },
    body: JSON.stringify({
      protocol: 1,
      workspace_name: 'demo',
      producer: 'ab'.repeat(16),
      records: { flights: sequences.map(sequence => ({ sequence, record: flight(sequence) })) },
    }),
  }).then(reply => reply.json())
const flight = (n: number) => ({
  date: `2001-02-0${n - 9}T00:00Z`,
  delay: n - 9,
  distance: 10,
  origin: 'SFO',
  destination: 'LAX',
})

test('what an earlier version stored is read, served, and known again', async () => {
  // Equal definitions are equal still: nothing to do.
  await line.apply([flightFeatures])
  const rows = await line.dataFrame('flights')
  expect(rows).toHaveLength(302)
  expect(rows.at(-1)).toBe(
    '{"date":"2001-02-02T00:00:00.000000Z","delay":2,"distance":10,"origin":"SFO","destination":"LAX"}',
  )
  expect((await line.features('flight_features', { origin: 'SFO' })).values).toMatchObject({
    'origin_latest_flight.delay': '2',
  })
  expect(await resend([1, 10, 11])).toMatchObject({
    receipts: [{ status: 'rejected' }, { status: 'duplicate' }, { status: 'duplicate' }],
  })
  expect((await line.counts('flights')).rows).toBe(302)
})

test('and goes on under this version: another column, another view, another part', async () => {
  const { name, streamConfig, schema } = flights
  const later = StreamSource({
    name,
    streamConfig,
    schema: [...schema, Field('gate', String, { nullable: true })],
  })
  const view = StreamFeatureView({
    name: 'origin_latest_flight',
    source: later,
    entities: [origin],
    timestampField: 'date',
    features: [Attribute('delay', Int64), Attribute('gate', String)],
  })
  await line.apply([FeatureService({ name: 'flight_features', features: [view] })])
  const client = line.client()
  client.push(later, { ...flight(12), gate: 'B7' })
  expect((await client.close()).accepted).toBe(1)
  await line.roll('flights')
  const rows = await line.dataFrame('flights', '?columns=delay,gate')
  expect(rows).toHaveLength(303)
  expect(rows.slice(-2)).toEqual(['{"delay":2,"gate":null}', '{"delay":3,"gate":"B7"}'])
  await expect
    .poll(async () => (await line.features('flight_features', { origin: 'SFO' })).values, {
      timeout: 20_000,
    })
    .toEqual({ 'origin_latest_flight.delay': '3', 'origin_latest_flight.gate': 'B7' })
  const source = await getWorkspace('demo', {
    url: gateway.url,
    key: line.adminKey,
  }).getDataSource('flights')
  expect(source.getColumns()).toEqual([...schema.map(({ name }) => name), 'gate'])
  const audit = await fetch(`${gateway.url}/api/v1/workspaces/demo/audit?deep=true`, {
    headers: { authorization: `Bearer ${line.adminKey}` },
  })
  expect(await audit.json()).toMatchObject({ agree: true, partitions: [{ accepted: 303 }] })
})

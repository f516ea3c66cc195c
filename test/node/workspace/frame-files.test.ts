import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from '@uwdata/flechette'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getWorkspace, type Workspace } from '../../../client/workspace/index.ts'
import { ValidationError } from '../../../shared/index.ts'
import { type Duck, openDuck } from '../../line/support/duckdb.ts'
import { type LineGateway, startGateway } from '../../line/support/gateway.ts'
import type { Line } from '../../line/support/line.ts'
import { cuttingProxy } from './support/cutting-proxy.ts'
import { pushTrips, trips } from './support/trips.ts'
import { truncatingProxy } from './support/truncating-proxy.ts'

const count = 2_000
let gateway: LineGateway
let line: Line
let workspace: Workspace
let duck: Duck
let folder: string

beforeAll(async () => {
  gateway = await startGateway()
  line = gateway.line()
  await line.apply([trips])
  await pushTrips(line, count)
  workspace = at(gateway.url)
  duck = await openDuck()
  folder = await mkdtemp(join(tmpdir(), 'tidegate-files-'))
})
afterAll(async () => {
  await gateway.close()
  await duck.close()
  await rm(folder, { recursive: true })
})

const at = (url: string) => getWorkspace(line.workspace, { url, key: line.adminKey })
const frameAt = (from: Workspace) =>
  from.source(trips).getDataframe({ columns: ['legs', 'who', 'id', '_partition', '_offset'] })
const wanted = 'SELECT legs, who, id FROM'

async function fileOf(name: string, body: ReadableStream<Uint8Array>): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, Buffer.from(await new Response(body).arrayBuffer()))
  return path
}

const reading = (path: string) =>
  path.endsWith('.csv')
    ? `read_csv('${path}', header = true, nullstr = '', allow_quoted_nulls = false, types = {who: 'VARCHAR', id: 'BIGINT'})`
    : `read_parquet('${path}')`

test('CSV and Parquet have the rows of the data frame, for another engine', async () => {
  const frame = frameAt(workspace)
  const rows = await frame.toArray()
  const expected = rows
    .map(({ legs, who, id }) => ({
      legs,
      who,
      id: Number.isSafeInteger(Number(id)) ? Number(id) : id,
    }))
    .toSorted((a, b) => a.legs - b.legs)
  expect(rows).toHaveLength(count)
  const files = [
    await fileOf('all.csv', frame.toCsv()),
    await fileOf('all.parquet', frame.toParquet()),
  ]
  for (const file of files) {
    expect(await duck.rows(`${wanted} ${reading(file)} ORDER BY legs`)).toEqual(expected)
  }
})

test('CSV goes on where a connection breaks, its header once', async () => {
  const whole = await new Response(frameAt(workspace).toCsv()).text()
  const cuts = [9_000, 20_000, 30_000]
  const proxy = await cuttingProxy(gateway.url, () => cuts.shift())
  try {
    expect(await new Response(frameAt(at(proxy.url)).toCsv()).text()).toBe(whole)
    expect(proxy.cuts()).toBeGreaterThan(1)
  } finally {
    await proxy.close()
  }
})

test('CSV of the rest of a reading has no header', async () => {
  const frame = frameAt(workspace)
  const whole = await new Response(frame.toCsv()).text()
  const [first, second] = await frame.toArray()
  const rest = workspace.source(trips).getDataframe({
    columns: ['legs', 'who', 'id', '_partition', '_offset'],
    cut: frame.cut ?? '',
    after: `${first?._partition}:${first?._offset}`,
  })
  const text = await new Response(rest.toCsv()).text()
  expect(text.startsWith(`${second?.legs},`)).toBe(true)
  expect(whole.endsWith(text)).toBe(true)
  expect(() => rest.toParquet()).toThrow(ValidationError)
  expect(() => rest.toArrowStream()).toThrow('an Arrow stream has no rest')
})

test('an Arrow stream has the rows of the data frame', async () => {
  const frame = frameAt(workspace)
  const bytes = await new Response(frame.toArrowStream()).arrayBuffer()
  const table = tableFromIPC(bytes, { useBigInt: true })
  const rows = await frame.toArray()
  expect(rows).toHaveLength(count)
  expect([...table.getChild('legs')]).toEqual(rows.map(({ legs }) => legs))
  expect([...table.getChild('id')]).toEqual(rows.map(({ id }) => id))
  const none = workspace.source(trips).getDataframe({ columns: ['id'], cut: '0:-1,1:-1' })
  expect(tableFromIPC(await new Response(none.toArrowStream()).arrayBuffer()).numRows).toBe(0)
})

test.each(['toParquet', 'toArrowStream'] as const)(
  'what %s gives is an error that says how to read the same rows where it does not come whole',
  async to => {
    const whole = await new Response(frameAt(workspace)[to]()).arrayBuffer()
    for (const bytes of [0, 4, whole.byteLength - 1]) {
      const proxy = await truncatingProxy(gateway.url, [bytes])
      const frame = frameAt(at(proxy.url))
      await expect(new Response(frame[to]()).arrayBuffer()).rejects.toMatchObject({
        code: 'broken_off',
        message: expect.stringContaining('cannot be gone on with: read it anew'),
        resume: { cut: expect.stringMatching(/^0:-?\d+,1:/) },
      })
      expect(proxy.truncated()).toBe(1)
      expect(await new Response(frame[to]()).arrayBuffer()).toHaveProperty(
        'byteLength',
        whole.byteLength,
      )
    }
  },
)

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import * as v from 'valibot'
import { bootGateway } from '../cli/boot-gateway.ts'
import { keyEntryOf, mintId, mintKey } from '../shared/keys.ts'
import { canonicalJson, workspaceDefinitions } from '../shared/workspace-definitions.ts'
import { benchSources } from './support/bench-sources.ts'
import { bodies } from './support/bodies.ts'
import { peakWhile, residentBytes } from './support/memory-of.ts'

/**
 * `npm run bench:frames`: reads a million rows over HTTP in each format beside a bare fetch of the same bytes, and
 * holds both sides to a memory far below the rows' size. A client that gathered them would die of its heap's bound.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    'client-heap': { type: 'string', default: '64' },
    formats: { type: 'string', default: 'bare,rows,ndjson,csv,parquet' },
  },
})
const wanted = Number(values.rows)
const heapMegabytes = Number(values['client-heap'])
const connections = 8
const batch = 1_000
/** What the gateway's process may hold more while it is read than before. */
const maxGrowthMb = 96

const state = await mkdtemp(join(tmpdir(), 'tidegate-frames-'))
const workspaceId = `${mintId(10, randomBytes)}-auto`
const key = mintKey('admin', workspaceId, randomBytes)
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
const [first] = benchSources
if (first === undefined) throw new Error('There is no source to push to.')
const { source } = first
const gateway = await bootGateway({
  stateFolder: state,
  port: 0,
  keyEntries: await keyEntryOf(key),
  origins: '',
  onLog: () => {},
})
await post('/api/v1/workspaces/bench/apply', {
  protocol: 1,
  expected_hash: null,
  definitions: JSON.parse(
    canonicalJson(workspaceDefinitions({ name: 'bench', live: true }, [source])),
  ),
})
await push()
await post(`/api/v1/workspaces/bench/sources/${source.name}/roll`, {})

const readSchema = v.object({
  rows: v.number(),
  bytes: v.number(),
  seconds: v.number(),
  mostHeap: v.number(),
  mostRss: v.number(),
})
interface Reading {
  readonly format: string
  /** Absent where they cannot be counted on the way. */
  readonly rows?: number
  readonly megabytes: number
  readonly seconds: number
  readonly clientHeapMb: number
  readonly clientRssMb: number
  readonly gatewayIdleMb: number
  /** Absent where the machine does not tell. */
  readonly gatewayGrowthMb?: number
}
const beganMs = performance.now()
const results: Reading[] = []
for (const format of values.formats.split(',')) {
  const idleBytes = (await Promise.all(gateway.pids.map(residentBytes))).reduce<number>(
    (sum, bytes) => sum + (bytes ?? 0),
    0,
  )
  const { result, peakBytes } = await peakWhile(gateway.pids, () => read(format))
  results.push({
    format,
    ...(format === 'parquet' ? {} : { rows: result.rows }),
    megabytes: mega(result.bytes),
    seconds: Math.round(result.seconds * 10) / 10,
    clientHeapMb: mega(result.mostHeap),
    clientRssMb: mega(result.mostRss),
    gatewayIdleMb: mega(idleBytes),
    ...(peakBytes === undefined ? {} : { gatewayGrowthMb: mega(peakBytes - idleBytes) }),
  })
  console.log(JSON.stringify(results.at(-1)))
}
await gateway.stop()
await rm(state, { recursive: true, force: true })
const goals = { rows: wanted, clientHeapMb: heapMegabytes, gatewayGrowthMb: maxGrowthMb }
const missed = results.filter(
  ({ rows = wanted, clientHeapMb, gatewayGrowthMb = 0 }) =>
    rows !== wanted || clientHeapMb > heapMegabytes || gatewayGrowthMb > maxGrowthMb,
)
for (const { format } of missed) console.log(`Missed: a reading as ${format}.`)
console.log(
  JSON.stringify({
    command: 'bench:frames',
    ok: missed.length === 0,
    goals,
    results,
    seconds: Math.round((performance.now() - beganMs) / 100) / 10,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  }),
)
process.exit(missed.length === 0 ? 0 : 1)

async function push(): Promise<void> {
  const next = bodies('bench', source.name, connections, batch)
  let left = wanted
  const send = async (connection: number) => {
    while (left > 0) {
      left -= batch
      const body = next(connection)
      while (!(await accepted(body))) await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => send(connection)))
}

/** A full tail holds senders back for a moment: the same body is sent again. */
async function accepted(body: string): Promise<boolean> {
  const reply = await fetch(`${gateway.url}/ingest?receipts=runs`, {
    method: 'POST',
    headers,
    body,
  })
  await reply.arrayBuffer()
  if (reply.status !== 200 && reply.status < 500 && reply.status !== 207 && reply.status !== 429) {
    throw new Error(`A push was answered ${reply.status}.`)
  }
  return reply.status === 200
}

async function post(path: string, body: unknown): Promise<void> {
  const reply = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${path} was answered ${reply.status}: ${await reply.text()}`)
}

async function read(format: string) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--no-warnings',
      `--max-old-space-size=${heapMegabytes}`,
      fileURLToPath(new URL('support/read-frame.ts', import.meta.url)),
      ...[gateway.url, 'bench', source.name, format],
    ],
    { env: { ...process.env, TIDEGATE_KEY: key } },
  )
  return v.parse(readSchema, JSON.parse(stdout))
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e5) / 10
}

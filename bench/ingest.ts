import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { buildGateway } from '../cli/gateway-build.ts'
import { keyEntryOf, mintId, mintKey } from '../shared/keys.ts'
import { canonicalJson, workspaceDefinitions } from '../shared/workspace-definitions.ts'
import { benchSources } from './support/bench-sources.ts'
import { bodies } from './support/bodies.ts'
import { type Load, load } from './support/load.ts'
import { childProcesses, cpuTimeUs } from './support/process-cpu.ts'

/** `npm run bench`: the rate of the whole ingest path beside a bare Worker that parses and stores a row. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    batches: { type: 'string', default: '1,100,500' },
  },
})
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const connections = Number(values.connections)
const batches = values.batches.split(',').map(Number)
/** The rate of batches of 100 with one view, as a share of the floor's. */
const goal = 0.9

const beganMs = performance.now()
const folder = fileURLToPath(new URL('..', import.meta.url))
const state = await mkdtemp(join(tmpdir(), 'tidegate-bench-'))
const build = await buildGateway(join(state, 'build'), folder)
const workspaceId = `${mintId(10, randomBytes)}-auto`
const key = mintKey('admin', workspaceId, randomBytes)
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
const gatewayPort = 18_787
const floorPort = 18_788

const gateway = new Miniflare(
  convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    resourcePersistencePath: join(state, 'gateway'),
    modules: [{ type: 'ESModule', path: 'worker.js', contents: build.script }],
    ...build.settings,
    bindings: { ...build.settings.bindings, TIDEGATE_KEYS: await keyEntryOf(key) },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: gatewayPort }],
  }),
)
await gateway.ready
const [gatewayPid] = await childProcesses()
const floor = new Miniflare(
  convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    resourcePersistencePath: join(state, 'floor'),
    modules: [
      {
        type: 'ESModule',
        path: 'floor.js',
        contents: await readFile(new URL('support/floor-worker.js', import.meta.url), 'utf8'),
      },
    ],
    compatibilityDate: build.settings.compatibilityDate,
    durableObjects: { FLOOR: { className: 'Floor', useSQLite: true } },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: floorPort }],
  }),
)
await floor.ready
const floorPid = (await childProcesses()).find(pid => pid !== gatewayPid)
await applySources()

/** A load and the CPU time that its records took of the process that answered it. */
type Measured = Load & { readonly cpuUs: number | undefined }

const results: {
  batch: number
  views: number
  ratio: number
  floor: Measured
  gateway: Measured
}[] = []
for (const batch of batches) {
  const floorLoads: Measured[] = []
  const gatewayLoads = new Map<number, Measured[]>(benchSources.map(({ views }) => [views, []]))
  // Turn by turn, so that a drift of the machine's speed meets both.
  for (let round = 0; round <= rounds; round++) {
    const duration = round === 0 ? 1 : seconds
    const floorBodies = bodies('bench', 'plain', connections, batch)
    const floorUrl = `http://127.0.0.1:${floorPort}/`
    const floorLoad = await measure(floorPid, batch, () =>
      load(floorUrl, {}, connections, duration, floorBodies),
    )
    if (round > 0) floorLoads.push(floorLoad)
    for (const { source, views } of benchSources) {
      const next = bodies('bench', source.name, connections, batch)
      const url = `http://127.0.0.1:${gatewayPort}/ingest`
      const measured = await measure(gatewayPid, batch, () =>
        load(url, headers, connections, duration, next),
      )
      if (round > 0) gatewayLoads.get(views)?.push(measured)
    }
  }
  const floorMedian = median(floorLoads)
  for (const [views, loads] of gatewayLoads) {
    const own = median(loads)
    const ratio = own.requestsPerSecond / floorMedian.requestsPerSecond
    results.push({ batch, views, ratio, floor: floorMedian, gateway: own })
    console.log(
      `batch ${batch}, ${views} views: ${rate(own, batch)} records/s (floor ${rate(floorMedian, batch)}), ratio ${ratio.toFixed(2)}, CPU ${micros(own)} µs a record (floor ${micros(floorMedian)}), p50 ${own.p50Ms.toFixed(1)} ms, p99 ${own.p99Ms.toFixed(1)} ms`,
    )
  }
}
await Promise.all([gateway.dispose(), floor.dispose()])
await rm(state, { recursive: true, force: true })

const judged = results.find(({ batch, views }) => batch === 100 && views === 1)
const ok = judged === undefined || judged.ratio >= goal
console.log(
  JSON.stringify({
    command: 'bench',
    ok,
    goals: { 'batch 100, 1 view, ratio to floor': goal },
    results: results.map(({ batch, views, ratio, floor, gateway: own }) => ({
      batch,
      views,
      ratio: round(ratio),
      recordsPerSecond: Math.round(own.requestsPerSecond * batch),
      ...(own.cpuUs === undefined || floor.cpuUs === undefined
        ? {}
        : { cpuUsPerRecord: round(own.cpuUs), floorCpuUsPerRecord: round(floor.cpuUs) }),
      p50Ms: round(own.p50Ms),
      p99Ms: round(own.p99Ms),
    })),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    seconds: round((performance.now() - beganMs) / 1_000),
  }),
)
process.exit(ok ? 0 : 1)

async function applySources(): Promise<void> {
  const objects = benchSources.flatMap(({ source, service }) => [source, ...service])
  const definitions = workspaceDefinitions({ name: 'bench', live: true }, objects)
  const reply = await fetch(`http://127.0.0.1:${gatewayPort}/api/v1/workspaces/bench/apply`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      protocol: 1,
      expected_hash: null,
      definitions: JSON.parse(canonicalJson(definitions)),
    }),
  })
  if (!reply.ok) throw new Error(`The bench could not apply its sources: ${await reply.text()}`)
}

/** CPU time says what a record costs on a busy machine too, where a ratio of rates flatters the slower. */
async function measure(
  pid: number | undefined,
  batch: number,
  run: () => Promise<Load>,
): Promise<Measured> {
  const before = await cpuTimeUs(pid)
  const done = await run()
  const after = await cpuTimeUs(pid)
  const known = before !== undefined && after !== undefined
  return { ...done, cpuUs: known ? (after - before) / (done.requests * batch) : undefined }
}

function micros({ cpuUs }: Measured): string {
  return cpuUs === undefined ? 'unknown' : cpuUs.toFixed(1)
}

function median(loads: readonly Measured[]): Measured {
  const sorted = [...loads].sort((a, b) => a.requestsPerSecond - b.requestsPerSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('Nothing was measured.')
  return middle
}

function rate(measured: Load, batch: number): string {
  return Math.round(measured.requestsPerSecond * batch).toLocaleString('en')
}

function round(value: number): number {
  return Number(value.toFixed(2))
}

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import * as v from 'valibot'
import { bootGateway } from '../cli/boot-gateway.ts'
import { buildGateway } from '../cli/gateway-build.ts'
import { keyEntryOf, mintId, mintKey } from '../shared/keys.ts'
import { canonicalJson, workspaceDefinitions } from '../shared/workspace-definitions.ts'
import { featureSources } from './support/feature-sources.ts'

/**
 * `npm run bench:features`: how long after a push is sent its record is read as features, beside a bare row that is
 * stored and read; whether each acknowledged record is; how fast features are read; and how fast records are folded
 * into a shard whose process has 64 MB, beside a hand-written loop that keeps totals.
 */
const { values } = parseArgs({
  options: {
    pushes: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '4' },
    events: { type: 'string', default: '1000000' },
    users: { type: 'string', default: '1000' },
    entities: { type: 'string', default: '1000000' },
  },
})
const pushes = Number(values.pushes)
const connections = Number(values.connections)
/** Push to readable at the 99th percentile, as a multiple of the bare row's. */
const maxRatio = 3
const heapMb = 64

const beganMs = performance.now()
const folder = fileURLToPath(new URL('..', import.meta.url))
const state = await mkdtemp(join(tmpdir(), 'tidegate-features-'))
const workspaceId = `${mintId(10, randomBytes)}-auto`
const key = mintKey('admin', workspaceId, randomBytes)
const gateway = await bootGateway({
  stateFolder: join(state, 'gateway'),
  port: 0,
  keyEntries: await keyEntryOf(key),
  origins: '',
  onLog: () => {},
})
const { settings } = await buildGateway(join(state, 'build'), folder)
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
        path: 'rows.js',
        contents: await readFile(new URL('support/row-worker.js', import.meta.url), 'utf8'),
      },
    ],
    compatibilityDate: settings.compatibilityDate,
    durableObjects: { ROWS: { className: 'Rows', useSQLite: true } },
  }),
)
const floorUrl = (await floor.ready).href
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }

const objects = featureSources.flatMap(({ source, service }) => [source, service])
await post(`${gateway.url}/api/v1/workspaces/bench/apply`, {
  protocol: 1,
  expected_hash: null,
  definitions: JSON.parse(
    canonicalJson(workspaceDefinitions({ name: 'bench', live: true }, objects)),
  ),
})

let violations = 0
const featuresSchema = v.object({ result: v.object({ features: v.array(v.unknown()) }) })
const read = (service: string, user: string) =>
  post(`${gateway.url}/api/v1/feature-service/get-features`, {
    params: { workspaceName: 'bench', featureServiceName: service, joinKeyMap: { user_id: user } },
  })
const readMany = (service: string, users: readonly string[]) =>
  post(`${gateway.url}/api/v1/feature-service/get-features-batch`, {
    params: {
      workspaceName: 'bench',
      featureServiceName: service,
      requestData: users.map(user => ({ joinKeyMap: { user_id: user } })),
    },
  })

const freshness: { what: string; p50Ms: number; p99Ms: number }[] = []
/** A round before those that count: isolates are warm, objects exist. */
for (const isWarm of [false, true]) {
  const rounds = isWarm ? pushes : 100
  const bare = await latencies(rounds, async (user, n) => {
    await post(floorUrl, { user, record: { user_id: user, items: n } })
    const { body } = v.parse(v.object({ body: v.string() }), await post(floorUrl, { user }))
    if (!body.includes(`:${n}}`)) throw new Error('The bare row is not the one that was stored.')
  })
  if (isWarm) freshness.push({ what: 'bare row', ...bare })
  for (const { views, source, service } of featureSources) {
    const fresh = await latencies(rounds, async (user, n) => {
      const record = { user_id: user, event_ts: new Date().toISOString(), items: n }
      await post(`${gateway.url}/ingest`, {
        workspace_name: 'bench',
        records: { [source.name]: [{ record }] },
      })
      const { result } = v.parse(featuresSchema, await read(service.name, user))
      const [latest, last = latest] = result.features
      if (latest !== `${n}` || last !== `${n}`) violations++
    })
    if (isWarm) freshness.push({ what: `${views} views`, ...fresh })
  }
}

const reads: { what: string; p50Ms: number; p99Ms: number; rowsPerSecond: number }[] = []
for (const { views, service } of featureSources) {
  for (const rows of [1, 10, 100]) {
    const startMs = performance.now()
    const rounds = Math.ceil(pushes / (rows < 100 ? 1 : 5))
    const users = Array.from({ length: rows }, (_, at) => `u${at % connections}-${at}`)
    const own = await latencies(rounds, async user => {
      await (rows === 1 ? read(service.name, user) : readMany(service.name, users))
    })
    const rowsPerSecond = Math.round((rounds * rows * 1_000) / (performance.now() - startMs))
    reads.push({ what: `${rows} rows, ${views} views`, ...own, rowsPerSecond })
  }
}
await Promise.all([gateway.stop(), floor.dispose()])
await rm(state, { recursive: true, force: true })

const foldedSchema = v.object({
  foldMs: v.number(),
  wrong: v.optional(v.number()),
  rowsWritten: v.optional(v.number()),
  readMedianMs: v.optional(v.number()),
})
const month = await fold(values.events, values.users)
const hand = await fold(values.events, values.users, '--floor')
const many = await fold(values.entities, values.entities)
const perSecond = (events: string, { foldMs }: { readonly foldMs: number }) =>
  Math.round((Number(events) * 1_000) / foldMs)

const [bare, ...fresh] = freshness
const ratios = fresh.map(({ p99Ms }) => p99Ms / (bare?.p99Ms ?? 0))
const wrong = (month.wrong ?? 0) + (many.wrong ?? 0)
const ok = violations === 0 && wrong === 0 && ratios.every(ratio => ratio <= maxRatio)
for (const { what, p50Ms, p99Ms } of [...freshness, ...reads]) {
  console.log(`${what}: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`)
}
console.log(
  JSON.stringify({
    command: 'bench:features',
    ok,
    goals: {
      violations: 0,
      'push to readable, p99 to the bare row': maxRatio,
      'folded and read in a heap of MB': heapMb,
      'readings after folding that are wrong': 0,
    },
    results: {
      violations,
      freshness: freshness.map(rounded),
      ratios: ratios.map(round),
      reads: reads.map(rounded),
      folds: [
        {
          what: `${values.events} events of ${values.users} users in 30 days`,
          perSecond: perSecond(values.events, month),
          rowsWritten: month.rowsWritten,
          readMedianMs: round(month.readMedianMs ?? 0),
        },
        { what: 'the same by a loop that keeps totals', perSecond: perSecond(values.events, hand) },
        {
          what: `${values.entities} entities`,
          perSecond: perSecond(values.entities, many),
          rowsWritten: many.rowsWritten,
          readMedianMs: round(many.readMedianMs ?? 0),
        },
      ],
      wrong,
    },
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    seconds: round((performance.now() - beganMs) / 1_000),
  }),
)
process.exit(ok ? 0 : 1)

/** A process that dies of its heap's bound fails the command. */
async function fold(events: string, entities: string, ...more: readonly string[]) {
  const program = fileURLToPath(new URL('support/fold-state.ts', import.meta.url))
  const args = ['--no-warnings', `--max-old-space-size=${heapMb}`, program]
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...args,
    '--events',
    events,
    '--entities',
    entities,
    ...more,
  ])
  return v.parse(foldedSchema, JSON.parse(stdout))
}

/** Does one thing after the other on each connection; gives how long the median and the slowest hundredth took. */
async function latencies(rounds: number, one: (user: string, n: number) => Promise<void>) {
  const taken: number[] = []
  const drive = async (connection: number) => {
    for (let n = connection; n < rounds; n += connections) {
      const startMs = performance.now()
      await one(`u${connection}-${n % 100}`, n)
      taken.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => drive(connection)))
  taken.sort((a, b) => a - b)
  const at = (share: number) => taken[Math.floor(taken.length * share)] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`)
  return reply.json()
}

function rounded<One extends { readonly p50Ms: number; readonly p99Ms: number }>(one: One) {
  return { ...one, p50Ms: round(one.p50Ms), p99Ms: round(one.p99Ms) }
}

function round(value: number): number {
  return Number(value.toFixed(2))
}

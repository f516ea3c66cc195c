import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildGateway } from '../../cli/gateway-build.ts'
import { createClient } from '../../client/index.ts'
import type { Receipt } from '../../client/receipt.ts'
import { keyEntryOf, mintId, mintKey } from '../../shared/keys.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { events, service } from './definitions.ts'
import { killableGateway } from './killable-gateway.ts'
import { verdictOf } from './verdict.ts'

/**
 * `npm run chaos -- --kills N`: clients push while the gateway is killed and started again on the same disk;
 * then their receipts are held against the parts as DuckDB reads them and against the online state.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    clients: { type: 'string', default: '4' },
    port: { type: 'string', default: '18790' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
})
const kills = Number(values.kills)
const beganMs = performance.now()
const folder = fileURLToPath(new URL('../..', import.meta.url))
const state = await mkdtemp(join(tmpdir(), 'tidegate-chaos-'))
const url = `http://127.0.0.1:${values.port}`
const workspaceId = `${mintId(10, randomBytes)}-auto`
const key = mintKey('admin', workspaceId, randomBytes)
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
const buildFile = join(state, 'build.json')
await writeFile(buildFile, JSON.stringify(await buildGateway(join(state, 'build'), folder)))
const gateway = killableGateway([state, values.port, buildFile, await keyEntryOf(key)], url)
await gateway.start()

const canonical = canonicalJson(workspaceDefinitions({ name: 'sim', live: true }, [service]))
const applied = await fetch(`${url}/api/v1/workspaces/sim/apply`, {
  method: 'POST',
  headers,
  body: JSON.stringify({ protocol: 1, expected_hash: null, definitions: JSON.parse(canonical) }),
})
if (!applied.ok) throw new Error(`The definitions were refused: ${await applied.text()}`)

const receipts = new Map<string, Receipt>()
let pushed = 0
let stopped = false
const fleet = Array.from({ length: Number(values.clients) }, () =>
  createClient({
    url,
    key,
    workspace: 'sim',
    limits: { lingerMs: 20, maxBatchRecords: 50, maxBackoffMs: 500, requestTimeoutMs: 10_000 },
  }),
)
const pushing = fleet.map(async (client, at) => {
  for (let count = 0; !stopped; count++) {
    const id = `c${at}-${count}`
    const at0 = Date.UTC(2026, 0, 1) + Math.floor(Math.random() * 60_000)
    const record = { id, entity: `e${count % 50}`, at: new Date(at0), n: count }
    pushed++
    void client.push(events, record).accepted.then(receipt => receipts.set(id, receipt))
    // A bounded backlog: the point is what kills do, not how much fits into memory.
    if (count % 20 === 0 || client.stats().pending > 2_000) await pause(10)
    while (client.stats().pending > 2_000 && !stopped) await pause(20)
  }
})

for (let count = 1; count <= kills; count++) {
  await pause(200 + Math.random() * 1_500)
  await gateway.kill()
  await gateway.start()
  console.log(`kill ${count} of ${kills}: ${pushed} pushed, ${receipts.size} settled`)
}
stopped = true
await Promise.all(pushing)
await Promise.all(fleet.map(client => client.flush()))
const { goals, results } = await verdictOf(url, headers, receipts, pushed)
await gateway.kill()
await rm(state, { recursive: true, force: true })

const ok = Object.values(goals).every(count => count === 0)
console.log(
  JSON.stringify({
    command: 'chaos',
    ok,
    goals: { lost: 0, doubled: 0, unreadable: 0, disagreements: 0 },
    results: { kills, pushed, ...goals, ...results },
    seconds: Number(((performance.now() - beganMs) / 1_000).toFixed(1)),
  }),
)
process.exit(ok ? 0 : 1)

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

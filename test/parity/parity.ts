import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { maxLines, startGateway } from '../line/support/gateway.ts'
import { worlds } from './arbitrary-world.ts'
import { runWorld } from './run-world.ts'

/**
 * `npm run parity -- --pairs N`: random definitions, records, arrival orders and moments; what a gateway serves is held
 * to what DuckDB makes of the log's records at or under the marks of the reading. Prints a line of JSON last, and ends
 * with 1 where one pair disagrees; `--seed S` begins with that seed.
 */
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const wanted = Number(values.pairs)
const first = Number(values.seed)
const beganMs = performance.now()
const cacheFolder = await mkdtemp(join(tmpdir(), 'tidegate-parity-'))
let gateway = await startGateway()
let pairs = 0
let ran = 0
const failures: { readonly seed: number; readonly failure: string }[] = []
try {
  for (let seed = first; pairs < wanted && failures.length < 10; seed++) {
    if (ran > 0 && ran % (maxLines - 1) === 0) {
      await gateway.close()
      gateway = await startGateway()
    }
    const [world] = fc.sample(worlds, { numRuns: 1, seed })
    if (world === undefined) throw new Error('There is no world.')
    const result = await runWorld(gateway, world, cacheFolder)
    pairs += result.pairs
    ran++
    for (const failure of result.failures) {
      failures.push({ seed, failure })
      console.error(`seed ${seed}: ${failure}`)
    }
    if (ran % 10 === 0)
      console.error(`${pairs} pairs of ${ran} worlds, ${failures.length} disagree`)
  }
} finally {
  await gateway.close()
  await rm(cacheFolder, { recursive: true, force: true })
}
const ok = failures.length === 0
console.log(
  JSON.stringify({
    command: 'parity',
    ok,
    goals: { pairs: wanted, disagreements: 0 },
    results: { pairs, worlds: ran, seed: first, failures: failures.slice(0, 10) },
    seconds: Math.round((performance.now() - beganMs) / 100) / 10,
  }),
)
process.exitCode = ok ? 0 : 1

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import * as v from 'valibot'
import { openEngine } from '../client/offline/engine.ts'
import { dataStatements, views } from './support/training-data.ts'

/**
 * `npm run bench:training`: features of 100,000 events over a log of 10,000,000 rows, in parts as a cache holds them, by
 * the SQL that Tidegate writes and beside it by the same join written by hand. Each runs in a process of its own; both
 * must give the same, and Tidegate's must stay within 2 GB of memory.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    events: { type: 'string', default: '100000' },
    entities: { type: 'string', default: '10000' },
    views: { type: 'string', default: 'aggregates,attributes,lists,distinct,percentiles' },
    memory: { type: 'string', default: '1GB' },
  },
})
const size = {
  rows: Number(values.rows),
  events: Number(values.events),
  entities: Number(values.entities),
}
const maxRssMb = 2_048
const program = fileURLToPath(new URL('support/train.ts', import.meta.url))
const runSchema = v.object({
  seconds: v.number(),
  peakBytes: v.number(),
  steps: v.array(v.object({ what: v.string(), seconds: v.number() })),
})
const wrongSchema = v.object({ rows: v.number(), wrong: v.number() })

const beganMs = performance.now()
const folder = await mkdtemp(join(tmpdir(), 'tidegate-training-'))
const results: {
  readonly view: string
  readonly features: number
  readonly seconds: number
  readonly byHandSeconds: number
  readonly rssMb: number
  readonly byHandRssMb: number
  readonly rows: number
  readonly wrong: number
}[] = []
try {
  const engine = await openEngine()
  for (const sql of dataStatements(folder, size)) await engine.run(sql)
  for (const [view, { features }] of Object.entries(views)) {
    if (!values.views.split(',').includes(view)) continue
    const own = await train(view, 'tidegate')
    for (const { what, seconds } of own.steps) console.log(`${what}: ${seconds.toFixed(2)} s`)
    const hand = await train(view, 'hand')
    let found: v.InferOutput<typeof wrongSchema> = { rows: 0, wrong: -1 }
    for await (const row of engine.rows(
      compare(
        view,
        features.map(({ name }) => name),
      ),
    )) {
      found = v.parse(wrongSchema, row)
    }
    results.push({
      view,
      features: features.length,
      seconds: round(own.seconds),
      byHandSeconds: round(hand.seconds),
      rssMb: mega(own.peakBytes),
      byHandRssMb: mega(hand.peakBytes),
      ...found,
    })
    console.log(JSON.stringify(results.at(-1)))
  }
  await engine.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
const missed = results.filter(
  ({ rssMb, rows, wrong }) => rssMb > maxRssMb || rows !== size.events || wrong !== 0,
)
for (const { view } of missed) console.log(`Missed: ${view}.`)
const ok = missed.length === 0 && results.length > 0
console.log(
  JSON.stringify({
    command: 'bench:training',
    ok,
    goals: { ...size, rssMb: maxRssMb, wrong: 0 },
    results,
    seconds: round((performance.now() - beganMs) / 1_000),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  }),
)
process.exit(ok ? 0 : 1)

async function train(view: string, way: 'tidegate' | 'hand') {
  const args = ['--no-warnings', program, '--folder', folder, '--view', view, '--way', way]
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...args,
    ...['--memory', values.memory],
  ])
  return v.parse(runSchema, JSON.parse(stdout))
}

/** Counts rows that differ, floats by more than a billionth of their size. */
function compare(view: string, features: readonly string[]): string {
  const differs = features.map(name => {
    const [own, hand] = [`own."${view}__${name}"`, `hand."${name}"`]
    return /_(?:sum|mean|approx_percentile)_/.test(name)
      ? `(${own} IS NULL) != (${hand} IS NULL) OR abs(${own} - ${hand}) > 1e-9 * abs(${hand})`
      : `coalesce(${own}, ${/_last_3_/.test(name) ? '[]' : own}) IS DISTINCT FROM coalesce(${hand}, ${/_last_3_/.test(name) ? '[]' : hand})`
  })
  return `SELECT count(*) AS rows, count(*) FILTER (${differs.map(one => `(${one})`).join(' OR ')}) AS wrong
FROM '${folder}/${view}-tidegate.parquet' AS own JOIN '${folder}/${view}-hand.parquet' AS hand USING (id)`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e6)
}

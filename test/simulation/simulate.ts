import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Hunted, huntMutants, keepHint } from './hunt-mutants.ts'
import { type Job, pointsOf } from './run-many.ts'
import type { ScheduleResult } from './run-schedule.ts'
import { sayProgress } from './say-progress.ts'
import { runOnThreads } from './schedule-pool.ts'
import { scheduleThread } from './schedule-thread.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    first: { type: 'string', default: '1' },
    points: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    failures: { type: 'string', default: '3' },
    /** Seconds after which a schedule counts as one that never ends. */
    patience: { type: 'string', default: '120' },
    /** Seconds between two lines on how far the run has come. */
    progress: { type: 'string', default: '60' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    hints: { type: 'boolean', default: false },
    replays: { type: 'string', default: '200' },
    patch: { type: 'string', multiple: true },
  },
})

const regressionsFile = new URL('./regressions.json', import.meta.url)
const regressions: readonly number[] = JSON.parse(readFileSync(regressionsFile, 'utf8'))
const beganMs = performance.now()
const failures: ScheduleResult[] = []
const threads = Number(values.threads)
const patienceMs = Number(values.patience) * 1_000
/** For the schedules that are run one by one: none of them may hold up the command either. */
const thread = scheduleThread(patienceMs)
const wantedSchedules = Number(values.seeds) + regressions.length
const totals = { schedules: 0, points: 0, replays: 0, faults: 0, virtualMs: 0 }
/** What the first seeds made, to be compared with a second run of each. */
const hashes = new Map<number, number>()

function print(goals: object, results: object, ok: boolean): never {
  const seconds = Number(((performance.now() - beganMs) / 1_000).toFixed(1))
  console.log(JSON.stringify({ command: 'simulate', ok, goals, results, seconds }))
  process.exit(ok ? 0 : 1)
}

/** Runs the first seeds a second time: each has to make the same to the letter. */
async function replay(first: number, wanted: number): Promise<void> {
  const jobs = Array.from({ length: wanted }, (_, at) => ({ seed: first + at }))
  await runOnThreads(threads, patienceMs, jobs, result => {
    totals.replays++
    if (hashes.get(result.seed) === result.hash) return true
    console.log(`seed ${result.seed} does not replay: its trace differs.`)
    failures.push(result)
    return false
  })
}

/** Takes a result; gives whether to go on. */
function take(result: ScheduleResult): boolean {
  totals.schedules++
  totals.faults += result.faults
  totals.virtualMs += result.virtualMs
  if (hashes.size < Number(values.replays)) hashes.set(result.seed, result.hash)
  if (result.wrong.length > 0) {
    failures.push(result)
    console.log(`seed ${result.seed}:`)
    for (const sentence of result.wrong.slice(0, 10)) console.log(`  ${sentence}`)
  }
  return failures.length < Number(values.failures)
}

/** How far the run has come, for whoever waits for it. */
function progress(): string {
  const seconds = (performance.now() - beganMs) / 1_000
  const { schedules, points, replays } = totals
  const done = [
    `${schedules - points} of ${wantedSchedules} schedules`,
    `${replays} replays`,
    `${points} of ${values.points} points`,
  ]
  const rate = ((schedules + replays) / seconds).toFixed(0)
  return `${done.join(', ')}; ${failures.length} failures; ${rate} a second, ${seconds.toFixed(0)} s`
}

/** Every kind of single fault at every port call of one seed after the other. */
async function* manyPoints(wanted: number): AsyncGenerator<Job[]> {
  for (let seed = 1, left = wanted; left > 0; seed++) {
    const jobs = (await pointsOf(seed, thread.run)).slice(0, left)
    left -= jobs.length
    yield jobs
  }
}

/** What is left of a failing seed once everything that it does not need is gone, and its story. */
async function explain(failed: ScheduleResult): Promise<void> {
  if (failed.isBrokenOff) return console.log(`seed ${failed.seed} never ended: it is not shrunk.`)
  const { mask, result, tries } = await shrink(failed.seed, failed, thread.run)
  console.log(`seed ${failed.seed}, shrunk by ${tries} schedules to ${JSON.stringify(mask)}:`)
  for (const sentence of result.wrong.slice(0, 5)) console.log(`  ${sentence}`)
  const { trace } = await thread.run({ seed: failed.seed, mask, keepTrace: true })
  for (const line of trace) console.log(`    ${line}`)
  if (values.keep) {
    const kept = [...new Set([...regressions, failed.seed])].sort((a, b) => a - b)
    writeFileSync(regressionsFile, `${JSON.stringify(kept)}\n`)
  }
  const next = values.keep ? 'is kept' : 'add it to regressions.json by --keep'
  console.log(`seed ${failed.seed} ${next}; tell its whole story by --seed ${failed.seed} --trace`)
}

if (values.mutants || values.patch !== undefined) {
  const hunted: Hunted[] = await huntMutants({
    patches: values.patch,
    seeds: values.seeds,
    hinted: values.hints,
    report: text => console.log(text),
  })
  const found = hunted.filter(({ outcome }) => outcome === 'found')
  if (values.keep) for (const { name, seed } of found) keepHint(name, seed)
  const names = (outcome: Hunted['outcome']) =>
    hunted.filter(mutant => mutant.outcome === outcome).map(({ name }) => name)
  const seeds = found.map(({ schedules }) => schedules).sort((a, b) => a - b)
  print(
    { mutants: hunted.length, found: hunted.length },
    {
      found: found.length,
      notFound: names('not found'),
      notApplied: names('not applied'),
      medianSeeds: seeds[Math.floor(seeds.length / 2)] ?? null,
      worstSeeds: seeds.at(-1) ?? null,
    },
    found.length === hunted.length,
  )
}

if (values.seed !== undefined) {
  const seed = Number(values.seed)
  const result = await thread.run({ seed, keepTrace: true })
  if (values.trace) for (const line of result.trace) console.log(line)
  take(result)
  const again = result.isBrokenOff ? result : await thread.run({ seed })
  if (again.hash !== result.hash) {
    console.log('The seed does not replay: its trace differs.')
    failures.push(again)
  }
} else {
  const stopSaying = sayProgress(Number(values.progress), progress)
  const first = Number(values.first)
  const seeds = Array.from({ length: Number(values.seeds) }, (_, at) => ({ seed: first + at }))
  const jobs: Job[] = [...seeds, ...regressions.map(seed => ({ seed }))]
  await runOnThreads(threads, patienceMs, jobs, take)
  if (failures.length === 0) await replay(first, Math.min(seeds.length, Number(values.replays)))
  for await (const points of manyPoints(failures.length > 0 ? 0 : Number(values.points))) {
    totals.points += points.length
    await runOnThreads(threads, patienceMs, points, take)
  }
  if (failures[0] !== undefined && totals.points === 0) await explain(failures[0])
  stopSaying()
}

const swarm = totals.schedules - totals.points
const faultsPerSchedule = Number(((totals.faults - totals.points) / Math.max(1, swarm)).toFixed(1))
const isMany = values.seed === undefined && swarm >= 100
const ok = failures.length === 0 && (!isMany || faultsPerSchedule >= 5)
print(
  {
    failures: 0,
    faultsPerSchedule: isMany ? 5 : null,
    points: Number(values.points),
    replays: Math.min(Number(values.seeds), Number(values.replays)),
  },
  {
    schedules: swarm,
    points: totals.points,
    replays: totals.replays,
    failures: failures.map(({ seed }) => seed),
    faultsPerSchedule,
    schedulesPerSecond: Number(
      (totals.schedules / ((performance.now() - beganMs) / 1_000)).toFixed(1),
    ),
    virtualHours: Number((totals.virtualMs / 3_600_000).toFixed(1)),
  },
  ok,
)

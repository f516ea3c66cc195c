import { parseArgs } from 'node:util'
import { digestInOrder } from './exact-digest.ts'
import { faultKinds, noFaults, singleFault, swarmFaults } from './faults.ts'
import { runSchedule, type ScheduleResult } from './run-schedule.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    first: { type: 'string', default: '1' },
    points: { type: 'string', default: '0' },
    trace: { type: 'boolean', default: false },
  },
})

digestInOrder()
const beganMs = performance.now()
const failures: ScheduleResult[] = []
let schedules = 0
let faults = 0
let virtualMs = 0

function take(result: ScheduleResult): void {
  schedules++
  faults += result.faults
  virtualMs += result.virtualMs
  if (result.wrong.length === 0) return
  failures.push(result)
  console.log(`seed ${result.seed}:`)
  for (const sentence of result.wrong.slice(0, 10)) console.log(`  ${sentence}`)
}

if (values.seed !== undefined) {
  const result = await runSchedule(Number(values.seed), swarmFaults, true)
  if (values.trace) for (const line of result.trace) console.log(line)
  take(result)
  const again = await runSchedule(Number(values.seed), swarmFaults)
  if (again.hash !== result.hash) console.log('The seed does not replay: its trace differs.')
} else {
  const first = Number(values.first)
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    take(await runSchedule(seed, swarmFaults))
    if (failures.length >= 5) break
  }
}
let points = 0
for (let seed = 1; points < Number(values.points) && failures.length < 5; seed++) {
  const { calls } = await runSchedule(seed, noFaults)
  for (let at = 0; at < calls && points < Number(values.points); at++) {
    for (const kind of faultKinds) {
      points++
      take(await runSchedule(seed, () => singleFault(at, kind)))
    }
  }
}

const seconds = (performance.now() - beganMs) / 1_000
const ok = failures.length === 0
console.log(
  JSON.stringify({
    command: 'simulate',
    ok,
    goals: { failures: 0 },
    results: {
      schedules,
      points,
      failures: failures.map(({ seed }) => seed),
      faultsPerSchedule: Number((faults / Math.max(1, schedules)).toFixed(1)),
      schedulesPerSecond: Number((schedules / seconds).toFixed(1)),
      virtualHours: Number((virtualMs / 3_600_000).toFixed(1)),
    },
    seconds: Number(seconds.toFixed(1)),
  }),
)
process.exit(ok ? 0 : 1)

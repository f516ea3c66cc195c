import { faultNames } from './faults.ts'
import type { Job } from './run-many.ts'
import type { ScheduleResult } from './run-schedule.ts'
import type { SchedulePlan } from './schedule-plan.ts'

/** The counts of a plan that may become smaller, with the least that a run can do with. */
const least = {
  rollouts: 0,
  clockJumps: 0,
  aggregateChanges: 0,
  cuts: 0,
  disturbances: 0,
  doublings: 0,
  splits: 0,
  plainCallers: 0,
  keyedCallers: 0,
  hastySenders: 0,
  memoryDevices: 0,
  devices: 0,
  records: 1,
  partitions: 1,
} as const

export interface Shrunk {
  readonly mask: Partial<SchedulePlan>
  readonly result: ScheduleResult
  /** Schedules run to get there. */
  readonly tries: number
}

/**
 * Makes a failing seed smaller: whole senders, disturbances and kinds of faults are left out, and records
 * fewer, as long as the run goes on failing. Cost: some tens of schedules.
 */
export async function shrink(
  seed: number,
  failed: ScheduleResult,
  run: (job: Job) => Promise<ScheduleResult>,
): Promise<Shrunk> {
  let mask: Partial<SchedulePlan> = {}
  let result = failed
  let tries = 0
  const attempt = async (change: Partial<SchedulePlan>): Promise<boolean> => {
    const smaller = { ...mask, ...change }
    tries++
    const again = await run({ seed, mask: smaller })
    if (again.wrong.length === 0) return false
    mask = smaller
    result = again
    return true
  }
  for (const name of Object.keys(least)) {
    // The keys of a constant are its names.
    const what = name as keyof typeof least
    if (result.plan[what] === least[what] || (await attempt({ [what]: least[what] }))) continue
    while (result.plan[what] > least[what] && (await attempt({ [what]: result.plan[what] - 1 }))) {}
  }
  if (result.plan.hazard !== 'none') await attempt({ hazard: 'none' })
  if (result.plan.appliesLate) await attempt({ appliesLate: false })
  if (result.plan.evolves) await attempt({ evolves: false })
  if (result.plan.remakes) await attempt({ remakes: false })
  if (result.plan.aggregatesLate) await attempt({ aggregatesLate: false })
  for (const name of result.plan.aggregates) {
    await attempt({ aggregates: result.plan.aggregates.filter(one => one !== name) })
  }
  for (const name of faultNames) await attempt({ off: [...(mask.off ?? []), name] })
  return { mask, result, tries }
}

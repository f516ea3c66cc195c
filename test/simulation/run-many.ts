import { digestInOrder } from './exact-digest.ts'
import { type FaultKind, faultKinds, noFaults, singleFault, swarmFaults } from './faults.ts'
import { runSchedule, type ScheduleResult } from './run-schedule.ts'
import type { SchedulePlan } from './schedule-plan.ts'

/** One schedule to run: a swarm of faults, exactly one at a port call, or none. */
export interface Job {
  readonly seed: number
  readonly single?: { readonly at: number; readonly kind: FaultKind } | 'none'
  readonly mask?: Partial<SchedulePlan>
  readonly keepTrace?: boolean
}

/** Runs one schedule as its job says. */
export function runJob({
  seed,
  single,
  mask = {},
  keepTrace = false,
}: Job): Promise<ScheduleResult> {
  digestInOrder()
  return runSchedule(seed, {
    faultsOf: (random, plan) => {
      if (single === undefined) return swarmFaults(random, plan.off)
      return single === 'none' ? noFaults() : singleFault(single.at, single.kind)
    },
    mask,
    keepTrace,
  })
}

/** The single faults of a seed's run without faults: every kind at every port call. Throws where that fails. */
export async function pointsOf(seed: number, run = runJob): Promise<Job[]> {
  const { calls, wrong } = await run({ seed, single: 'none' })
  if (wrong[0] !== undefined) throw new Error(`seed ${seed} without faults: ${wrong[0]}`)
  return Array.from({ length: calls }, (_, at) =>
    faultKinds.map((kind): Job => ({ seed, single: { at, kind } })),
  ).flat()
}

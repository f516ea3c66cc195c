import { digestInOrder } from './exact-digest.ts'
import { type FaultKind, faultKinds, noFaults, singleFault, swarmFaults } from './faults.ts'
import { runSchedule, type ScheduleResult } from './run-schedule.ts'
import type { SchedulePlan } from './schedule-plan.ts'

/** One schedule to run: a swarm of faults, or exactly one at a port call. */
export interface Job {
  readonly seed: number
  readonly single?: { readonly at: number; readonly kind: FaultKind }
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
    faultsOf: (random, plan) =>
      single === undefined ? swarmFaults(random, plan.off) : singleFault(single.at, single.kind),
    mask,
    keepTrace,
  })
}

/** The single faults of a seed's run without faults: every kind at every port call. */
export async function pointsOf(seed: number): Promise<Job[]> {
  digestInOrder()
  const { calls } = await runSchedule(seed, { faultsOf: noFaults })
  return Array.from({ length: calls }, (_, at) =>
    faultKinds.map((kind): Job => ({ seed, single: { at, kind } })),
  ).flat()
}

import { Worker } from 'node:worker_threads'
import type { Job } from './run-many.ts'
import type { ScheduleResult } from './run-schedule.ts'
import { planOf } from './schedule-plan.ts'

export interface ScheduleThread {
  /** Runs one job. Whatever is not over in time, or ends its thread, is a failure of that job alone. */
  run(job: Job): Promise<ScheduleResult>
  close(): Promise<void>
}

/**
 * A thread for schedules that outlives those that never end: one that waits for what never comes, or turns
 * in a circle without virtual time going on, can only be ended from outside.
 */
export function scheduleThread(
  patienceMs: number,
  script = new URL('./schedule-worker.ts', import.meta.url),
): ScheduleThread {
  let worker: Worker | undefined
  const close = async () => {
    const closed = worker
    worker = undefined
    await closed?.terminate()
  }
  return {
    async run(job) {
      worker ??= new Worker(script)
      const outcome = await outcomeOf(worker, job, patienceMs)
      if (typeof outcome !== 'string') return outcome
      await close()
      return brokenOff(job, outcome)
    },
    close,
  }
}

/** What the thread answers, or a sentence on why it does not. */
function outcomeOf(worker: Worker, job: Job, patienceMs: number): Promise<ScheduleResult | string> {
  return new Promise(resolve => {
    const settle = (outcome: ScheduleResult | string) => {
      clearTimeout(watchdog)
      worker.off('message', settle).off('error', onError).off('exit', onExit)
      resolve(outcome)
    }
    const onError = (cause: unknown) => settle(`I11 the schedule threw: ${cause}`)
    const onExit = (code: number) => settle(`I11 the schedule ended its thread with ${code}`)
    const late = `I11 the schedule never ends: it was given ${patienceMs / 1_000} seconds`
    const watchdog = setTimeout(() => settle(late), patienceMs)
    worker.on('message', settle).on('error', onError).on('exit', onExit)
    worker.postMessage(job)
  })
}

function brokenOff({ seed, mask }: Job, sentence: string): ScheduleResult {
  const nothing = { faults: 0, calls: 0, events: 0, virtualMs: 0, hash: 0, trace: [] }
  return { seed, plan: planOf(seed, mask), wrong: [sentence], isBrokenOff: true, ...nothing }
}

import type { Job } from './run-many.ts'
import type { ScheduleResult } from './run-schedule.ts'
import { scheduleThread } from './schedule-thread.ts'

/** Runs the jobs on some threads; `take` sees each result in the order of the jobs and may end the run. */
export async function runOnThreads(
  threads: number,
  patienceMs: number,
  jobs: Iterable<Job>,
  take: (result: ScheduleResult) => boolean,
  script?: URL,
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const results = new Map<number, ScheduleResult>()
  let given = 0
  let taken = 0
  let isOver = false

  const drain = () => {
    for (let result = results.get(taken); result !== undefined; result = results.get(taken)) {
      results.delete(taken++)
      if (!isOver) isOver = !take(result)
    }
  }
  const work = async () => {
    const thread = scheduleThread(patienceMs, script)
    try {
      while (!isOver) {
        const { done, value } = queue.next()
        if (done === true) return
        const place = given++
        results.set(place, await thread.run(value))
        drain()
      }
    } finally {
      await thread.close()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}

import { Worker } from 'node:worker_threads'
import type { Job } from './run-many.ts'
import type { ScheduleResult } from './run-schedule.ts'

/** Runs the jobs on some threads; `take` sees each result in the order of the jobs and may end the run. */
export async function runOnThreads(
  threads: number,
  jobs: Iterable<Job>,
  take: (result: ScheduleResult) => boolean,
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
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./schedule-worker.ts', import.meta.url))
    const done = new Promise<void>((resolve, reject) => {
      let place = -1
      const next = () => {
        const { done: noMore, value } = isOver ? { done: true, value: undefined } : queue.next()
        if (noMore === true || value === undefined) return resolve()
        place = given++
        worker.postMessage(value)
      }
      worker.on('error', reject)
      worker.on('message', (result: ScheduleResult) => {
        results.set(place, result)
        drain()
        next()
      })
      next()
    })
    return { worker, done }
  })
  try {
    await Promise.all(workers.map(({ done }) => done))
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.terminate()))
  }
}

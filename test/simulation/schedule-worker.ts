import { parentPort } from 'node:worker_threads'
import { type Job, runJob } from './run-many.ts'

/** A thread that runs the schedules it is sent, one after the other, and answers with their results. */
parentPort?.on('message', (job: Job) => {
  // The thread dies of what is not caught here, and its owner tells it with the seed.
  void runJob(job).then(result => parentPort?.postMessage(result))
})

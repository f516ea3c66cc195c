/** Does the jobs in order, at most `count` at a time; gives their results in order. */
export async function sideBySide<Job, Result>(
  jobs: readonly Job[],
  count: number,
  work: (job: Job) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const entries = jobs.entries()
  const worker = async () => {
    for (const [at, job] of entries) results[at] = await work(job)
  }
  await Promise.all(Array.from({ length: count }, worker))
  return results
}

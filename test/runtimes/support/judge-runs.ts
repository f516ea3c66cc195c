import * as v from 'valibot'

export const testRunSchema = v.object({
  runtime: v.picklist(['node', 'deno', 'bun']),
  version: v.string(),
  files: v.number(),
  passed: v.number(),
  failed: v.number(),
  skipped: v.number(),
  errors: v.number(),
})

/** What a run of the tests in one runtime came to. */
export type TestRun = v.InferOutput<typeof testRunSchema>

/**
 * Gives what is wrong with runs of the same test files, in sentences. The first run says how many tests there
 * are: any other must have passed as many.
 */
export function judgeRuns(runs: readonly TestRun[]): readonly string[] {
  const expected = runs[0]?.passed ?? 0
  if (expected === 0) return ['No test was run.']
  return runs.flatMap(({ runtime, passed, failed, skipped, errors }) => [
    ...(failed + errors > 0
      ? [`${runtime}: ${failed} tests failed, ${errors} errors outside of them.`]
      : []),
    ...(skipped > 0 ? [`${runtime}: ${skipped} tests were skipped.`] : []),
    ...(passed + failed + skipped < expected
      ? [`${runtime}: ${passed + failed + skipped} tests were run of ${expected}.`]
      : []),
  ])
}

import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import * as v from 'valibot'
import type { Reporter, TestModule, TestSpecification } from 'vitest/node'

/** What became of one test file in one runtime: it is to run, has begun, or ended with its counts. */
export const progressSchema = v.object({
  /** The file, from the repository's folder, and the runtime. */
  file: v.string(),
  project: v.string(),
  hasBegun: v.boolean(),
  counts: v.optional(v.object({ passed: v.number(), failed: v.number(), skipped: v.number() })),
})
export type Progress = v.InferOutput<typeof progressSchema>

/** Adds a line of JSON to a file whenever that changes, so that a hang can be named. */
export function progressReporter(path: string): Reporter {
  const write = (
    module: TestModule | TestSpecification,
    rest: Omit<Progress, 'file' | 'project'>,
  ) => {
    const { root, name: project } = module.project.config
    const file = relative(root, module.moduleId)
    appendFileSync(path, `${JSON.stringify({ file, project, ...rest })}\n`)
  }
  return {
    onTestRunStart(specifications) {
      for (const each of specifications) write(each, { hasBegun: false })
    },
    onTestModuleQueued: module => write(module, { hasBegun: true }),
    onTestModuleEnd: module => write(module, { hasBegun: true, counts: countsOf(module) }),
  }
}

/** A file that could not even be loaded has no tests to count, and is a failure all the same. */
function countsOf(module: TestModule) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    counts[state === 'pending' ? 'skipped' : state]++
  }
  if (!module.ok() && counts.failed === 0) counts.failed = 1
  return counts
}

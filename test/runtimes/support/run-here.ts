import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'
import type { TestRun } from './judge-runs.ts'
import { runtimeHere } from './runtime-name.ts'

/**
 * Runs the tests of the client and of what it shares in the runtime that runs this program, workers and all:
 * `run-here.ts REPORT PATTERN…`, with TIDEGATE_RUNTIME set. Writes what came of them to REPORT.
 */
const [report = '', ...include] = process.argv.slice(2)
const vitest = await startVitest('test', [], {
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  config: false,
  watch: false,
  include,
  setupFiles: [fileURLToPath(new URL('expect-runtime.ts', import.meta.url))],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  reporters: ['dot'],
  silent: 'passed-only',
})
const modules = vitest.state.getTestModules()
const states = modules.flatMap(module =>
  [...module.children.allTests()].map(test => test.result().state),
)
const count = (wanted: (typeof states)[number]) => states.filter(state => state === wanted).length
const run: TestRun = {
  ...runtimeHere(),
  files: modules.length,
  passed: count('passed'),
  failed: count('failed'),
  skipped: count('skipped') + count('pending'),
  // Outside every test, such as a file that could not be loaded.
  errors:
    vitest.state.getUnhandledErrors().length + modules.flatMap(module => module.errors()).length,
}
await vitest.close()
await writeFile(report, JSON.stringify(run))
process.exit(run.failed + run.errors > 0 ? 1 : 0)

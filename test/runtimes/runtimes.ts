import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { run } from '../../build/run.ts'
import { type Engine, installEngines } from './support/engines.ts'
import { judgePhone } from './support/judge-phone.ts'
import { judgeRuns, type TestRun, testRunSchema } from './support/judge-runs.ts'
import { runHermes } from './support/run-hermes.ts'
import { judgeServers, runServers } from './support/run-server.ts'

/**
 * `npm run runtimes`: the client's test files, the same that Node, workerd and Chromium run, and those of the
 * outbox in a file, in Node, Deno and Bun; the server's program of docs/client.md in these three; and an app in
 * Hermes, the engine of React Native, bundled by Metro. Installs what is not there yet, into `engines/` and
 * `hermes/`; takes the package from `dist/`, which it builds only where there is none.
 */
const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('support/run-here.ts', import.meta.url))
const testFiles = [
  'test/shared/**/*.test.ts',
  'test/client/**/!(*.browser).test.ts',
  'test/node/*.test.ts',
]

/** Far more than any needs: whoever takes longer hangs. */
const hangMs = 240_000

async function runIn({ runtime, program: engine, args, env }: Engine): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-runtimes-'))
  try {
    const report = join(folder, 'report.json')
    const { code, output } = await run(engine, [...args, program, report, ...testFiles], {
      quiet: true,
      cwd: repoFolder,
      signal: AbortSignal.timeout(hangMs),
      env: { ...env, TIDEGATE_RUNTIME: runtime, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    if (code !== 0) console.log(output.trimEnd())
    const text = await readFile(report, 'utf8').catch(() => undefined)
    if (text !== undefined) return v.parse(testRunSchema, JSON.parse(text))
    const nothing = { files: 0, passed: 0, failed: 0, skipped: 0, errors: 1 }
    return { runtime, version: `ended with code ${code}`, ...nothing }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const beganMs = performance.now()
const runs: TestRun[] = []
const engines = await installEngines()
for (const engine of engines) {
  const done = await runIn(engine)
  runs.push(done)
  const { runtime, version, files, passed, failed } = done
  console.log(`${runtime} ${version}: ${passed} tests passed in ${files} files, ${failed} failed`)
}
const servers = await runServers(engines)
for (const { runtime, stored } of servers) console.log(`${runtime} server.ts: ${stored} stored`)
const phone = await runHermes()
console.log(
  phone
    ? `hermes ${phone.facts.engine}: ${phone.facts.stored} of ${phone.facts.pushed} records stored, each once; compiled by hermesc ${phone.compiler}`
    : 'hermes: npm has none for this machine',
)
const problems = [
  ...judgeRuns(runs),
  ...judgeServers(servers),
  ...(phone ? judgePhone(phone.facts) : []),
]
for (const problem of problems) console.log(problem)
console.log(
  JSON.stringify({
    command: 'runtimes',
    ok: problems.length === 0,
    goals: { failed: 0, skipped: 0, errors: 0, 'passed, at least': runs[0]?.passed ?? 0 },
    results: [
      ...runs,
      ...servers,
      { runtime: 'hermes', ...(phone ?? { facts: 'not on this machine' }) },
    ],
    seconds: Number(((performance.now() - beganMs) / 1_000).toFixed(2)),
  }),
)
process.exitCode = problems.length === 0 ? 0 : 1

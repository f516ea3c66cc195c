import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../build/run.ts'
import { sentenceOf } from '../../cli/cli-error.ts'
import { findChromium } from './find-chromium.ts'
import { type Counts, runTests } from './run-tests.ts'
import { shortened } from './shortened.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))

/** One check: its name, and the program that makes it with all its arguments. */
type Check = readonly [name: string, ...command: readonly string[]]

const checks: readonly Check[] = [
  ['Format and lint', 'biome', 'check', '.'],
  ['Types', 'tsc', '--noEmit'],
  ['Types of the gateway', 'tsc', '--noEmit', '--project', 'gateway/tsconfig.json'],
  ['Package build', 'node', 'build/build.ts'],
  ['Package check', 'node', 'build/check-package.ts'],
  ['Nothing unused', 'knip', '--no-progress', '--no-config-hints'],
  ['Deployment, all but the upload', 'node', 'build/deploy-dry-run.ts'],
]

/**
 * How much the simulation runs: thousands of schedules and every planted bug where it decides what is
 * released (`CI=true`), a few hundred on a developer's machine. `SIMULATE_SEEDS`, `SIMULATE_POINTS`,
 * `SIMULATE_MUTANTS` and `PARITY_PAIRS` say otherwise; docs/reliability.md has the figures.
 */
const isCi = /^(?:1|true)$/.test(process.env.CI ?? '')
const { SIMULATE_SEEDS = isCi ? '12000' : '300' } = process.env
const { SIMULATE_POINTS = isCi ? '1000' : '100' } = process.env
const { SIMULATE_MUTANTS = isCi ? '4000' : '0' } = process.env
const { PARITY_PAIRS = isCi ? '1000' : '100' } = process.env
const simulate = ['node', '--no-warnings', 'test/simulation/simulate.ts'] as const

/** The last checks: they take longest. Each says its figures in a line of JSON. */
const lastChecks: readonly Check[] = [
  ['The client in Deno, Bun and Hermes', 'node', 'test/runtimes/runtimes.ts'],
  [
    'Serving and training data agree',
    'node',
    '--no-warnings',
    'test/parity/parity.ts',
    '--pairs',
    PARITY_PAIRS,
  ],
  ['Simulation', ...simulate, '--seeds', SIMULATE_SEEDS, '--points', SIMULATE_POINTS],
  ...(SIMULATE_MUTANTS === '0'
    ? []
    : ([
        ['Planted bugs', ...simulate, '--mutants', '--hints', '--seeds', SIMULATE_MUTANTS],
      ] as const)),
]

/** Runs every check and every test; stops at the first failure with a sentence. */
async function runAll(): Promise<Counts> {
  for (const [name, ...command] of checks) {
    const problem = await runCheck(name, command)
    if (problem !== undefined) return stop(`${name} failed: ${problem}`)
  }
  try {
    say(`Browser: ${(await findChromium()).executablePath}`)
  } catch (error) {
    return stop(sentenceOf(error))
  }
  say('Tests in Node, workerd and Chromium: some minutes')
  const counts = await runTests({ vitest: programPath('vitest'), cwd: repoFolder, say })
  if (counts.failed > 0) return counts
  for (const [name, ...command] of lastChecks) {
    const problem = await runCheck(name, command)
    if (problem !== undefined) return stop(`${name} failed: ${problem}`)
  }
  return counts
}

async function runCheck(
  name: string,
  [program = '', ...args]: readonly string[],
): Promise<string | undefined> {
  const startMs = performance.now()
  const { code, output } = await run(programPath(program), args, {
    quiet: true,
    cwd: repoFolder,
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  say(`${code === 0 ? 'ok' : 'FAILED'}  ${name} (${seconds} s)`)
  if (code !== 0) say(shortened(output.trimEnd(), 12_000))
  // What a script of ours found worth saying: sizes.
  else if (program === 'node' && output.trim() !== '') say(output.trimEnd().replace(/^/gm, '    '))
  return code === 0 ? undefined : `${[program, ...args].join(' ')} ended with code ${code}.`
}

/** A failed check counts as one failed test, and what follows it is not run. */
function stop(sentence: string): Counts {
  say(`\n${sentence}`)
  return { passed: 0, failed: 1, skipped: 0 }
}

function programPath(program: string): string {
  return program === 'node' ? process.execPath : join(repoFolder, 'node_modules', '.bin', program)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

const startMs = performance.now()
const { passed, failed, skipped } = await runAll()
say(`\n${((performance.now() - startMs) / 1_000).toFixed(0)} s`)
say(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

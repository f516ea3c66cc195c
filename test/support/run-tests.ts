import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { run } from '../../build/run.ts'
import { type Progress, progressSchema } from './progress-reporter.ts'
import { shortened } from './shortened.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What a run of vitest came to; `left` are the files that had not ended when it had to be stopped. */
interface TestRun {
  readonly counts: Counts
  readonly left: readonly Progress[]
  readonly isHung: boolean
}

interface Terminal {
  readonly vitest: string
  readonly cwd: string
  say(text: string): void
}

/** How often what runs is looked at, how often it is told, and the silence that is taken for a hang. */
const lookMs = 5_000
const tellMs = 30_000
const hangMs = 10 * 60_000

/** The runtime warns of every data frame that a test reads as text. */
const runtimeNoise = /console warning; message = Called \.text\(\) on an HTTP body .*\n/g

/**
 * Runs every test in Node, workerd and Chromium and tells how far it is. When nothing ended for ten minutes
 * all is stopped, the files that hung are named, and all that had not ended get one more run, a runtime at a
 * time: one that did not start is no fault of what it would have tested, and a test that hangs will hang again.
 */
export async function runTests(terminal: Terminal): Promise<Counts> {
  const first = await runOnce(terminal, [])
  let { counts } = first
  if (first.isHung && first.left.length === 0) {
    terminal.say('AGAIN  all, since nothing had begun')
    const again = await runOnce(terminal, [])
    return again.isHung ? { ...again.counts, failed: again.counts.failed + 1 } : again.counts
  }
  for (const [project, left] of Map.groupBy(first.left, each => each.project)) {
    const files = [...new Set(left.map(({ file }) => file))]
    terminal.say(`AGAIN  ${files.length} files in ${project}`)
    const again = await runOnce(terminal, ['--project', project, ...files])
    counts = sumOf([counts, again.counts])
    if (again.isHung) return { ...counts, failed: counts.failed + 1 }
  }
  return counts
}

async function runOnce(terminal: Terminal, args: readonly string[]): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-tests-'))
  const path = join(folder, 'progress.jsonl')
  const stopped = new AbortController()
  const watch = watchProgress(path, terminal, stopped)
  try {
    const { code, output } = await run(terminal.vitest, ['run', '--silent=passed-only', ...args], {
      quiet: true,
      cwd: terminal.cwd,
      env: { NO_COLOR: '1', FORCE_COLOR: '0', TIDEGATE_TEST_PROGRESS: path },
      signal: stopped.signal,
    })
    terminal.say(shortened(output.replace(runtimeNoise, '').trim(), 16_000))
    const progress = await readProgress(path)
    const counts = sumOf(progress.flatMap(({ counts: own }) => (own === undefined ? [] : [own])))
    const isHung = stopped.signal.aborted
    const left = isHung ? notEnded(progress) : []
    // An error outside every test.
    const isSilent = code !== 0 && counts.failed === 0 && !isHung
    return { counts: isSilent ? { ...counts, failed: 1 } : counts, left, isHung }
  } finally {
    clearInterval(watch)
    await rm(folder, { recursive: true, force: true })
  }
}

function watchProgress(
  path: string,
  { say }: Terminal,
  stopped: AbortController,
): ReturnType<typeof setInterval> {
  const startMs = performance.now()
  let [heard, heardMs, toldMs] = [0, startMs, startMs]
  return setInterval(async () => {
    const progress = await readProgress(path)
    const nowMs = performance.now()
    if (progress.length > heard) [heard, heardMs] = [progress.length, nowMs]
    if (nowMs - toldMs >= tellMs) {
      toldMs = nowMs
      say(`    ${((nowMs - startMs) / 1_000).toFixed(0)} s: ${sentenceOf(progress)}`)
    }
    if (nowMs - heardMs < hangMs || stopped.signal.aborted) return
    say(`HUNG  Nothing ended for ${hangMs / 60_000} minutes. ${sentenceOf(progress)}`)
    stopped.abort()
  }, lookMs)
}

/** Gives what is known of the files and runtimes, in the order it became known. */
async function readProgress(path: string): Promise<Progress[]> {
  const text = await readFile(path, 'utf8').catch(cause => {
    // Nothing has begun.
    if (cause.code === 'ENOENT') return ''
    throw cause
  })
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => v.parse(progressSchema, JSON.parse(line)))
}

function sumOf(all: readonly Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const { passed, failed, skipped } of all) {
    sum.passed += passed
    sum.failed += failed
    sum.skipped += skipped
  }
  return sum
}

const nameOf = ({ file, project }: Progress) => `${file} (${project})`

function notEnded(progress: readonly Progress[]): Progress[] {
  const ended = new Set(progress.filter(({ counts }) => counts !== undefined).map(nameOf))
  return progress.filter(each => !ended.has(nameOf(each)))
}

function sentenceOf(progress: readonly Progress[]): string {
  const ended = progress.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  const left = notEnded(progress)
  const running = left.filter(({ hasBegun }) => hasBegun).map(nameOf)
  const files = new Set(progress.map(nameOf)).size
  const { passed, failed } = sumOf(ended)
  const tests = `${ended.length} of ${files} files, ${passed} tests passed, ${failed} failed`
  return running.length === 0 ? tests : `${tests}; running: ${running.join(', ')}`
}

import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runJob } from './run-many.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const mutantsFolder = fileURLToPath(new URL('./mutants/', import.meta.url))
/** What a mutant may change: the production code, and the model where the platform is what breaks a law. */
const copied = [
  'cli',
  'client',
  'gateway',
  'shared',
  'test/simulation',
  'test/support',
  'package.json',
]
/** A schedule takes milliseconds; one that is silent for so long never ends. */
const silentMs = 20_000

export interface Hunted {
  readonly name: string
  readonly outcome: 'found' | 'not found' | 'not applied'
  /** Schedules run until the first that failed because of the mutant. */
  readonly schedules: number
  /** The seed that found it, -1 for none. */
  readonly seed: number
  /** What the oracle that caught it said. */
  readonly caught: string
}

export interface Hunt {
  /** Patches to plant; the kept ones unless given. */
  readonly patches?: readonly string[] | undefined
  readonly seeds: string
  /** Tries the seed first that found the mutant the last time. */
  readonly hinted?: boolean
  /** Mutants hunted at a time. */
  readonly atOnce?: number
  report(line: string): void
}

/** The kept patches, in the order of their names. */
export function keptMutants(): string[] {
  const names = readdirSync(mutantsFolder).filter(name => name.endsWith('.patch'))
  return names.sort().map(name => join(mutantsFolder, name))
}

/** The law that a patch breaks: its first line says so. */
export function lawOf(patch: string): string {
  const [first = ''] = readFileSync(patch, 'utf8').split('\n')
  return first.replace(/^#\s*/, '')
}

const hint = /^# seed (\d+)\n/m

/** The seed that found a mutant the last time, as its patch says. */
function hintOf(patch: string): number | undefined {
  const [, seed] = hint.exec(readFileSync(patch, 'utf8')) ?? []
  return seed === undefined ? undefined : Number(seed)
}

/** Notes in a kept patch which seed finds it. */
export function keepHint(name: string, seed: number): void {
  const patch = join(mutantsFolder, `${name}.patch`)
  const [first = '', ...rest] = readFileSync(patch, 'utf8').replace(hint, '').split('\n')
  writeFileSync(patch, [first, `# seed ${seed}`, ...rest].join('\n'))
}

/** Plants each bug into a copy of the code and runs schedules until one fails; the code itself is left alone. */
export async function huntMutants({
  patches,
  seeds,
  hinted = false,
  atOnce = 2,
  report,
}: Hunt): Promise<Hunted[]> {
  const waiting = patches?.map(patch => resolve(patch)) ?? keptMutants()
  const hunted = new Map<string, Hunted>()
  const queue = [...waiting]
  const hunter = async () => {
    for (let patch = queue.shift(); patch !== undefined; patch = queue.shift()) {
      const found = await hunt(patch, seeds, hinted)
      hunted.set(patch, found)
      const { name, outcome, schedules, caught } = found
      const how = outcome === 'found' ? `found by schedule ${schedules}` : outcome
      report(`${name}: ${how}${caught === '' ? '' : `: ${caught}`}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, hunter))
  return waiting.flatMap(patch => hunted.get(patch) ?? [])
}

async function hunt(patch: string, seeds: string, hinted: boolean): Promise<Hunted> {
  const name = basename(patch, '.patch')
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-mutant-'))
  try {
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const applied = await run('git', ['apply', '--whitespace=nowarn', patch], folder)
    if (applied.code !== 0) {
      return { name, outcome: 'not applied', schedules: 0, seed: -1, caught: applied.text.trim() }
    }
    const script = join(folder, 'test/simulation/hunt-here.ts')
    const seedsFrom = async (first: number, last: number) => {
      const args = ['--no-warnings', script, String(first), String(last)]
      return lastLine((await run(process.execPath, args, folder)).text)
    }
    const known = hinted ? hintOf(patch) : undefined
    if (known !== undefined) {
      const { caught = '' } = (await seedsFrom(known, known)) ?? {}
      if (caught !== '' && (await runJob({ seed: known })).wrong.length === 0) {
        return { name, outcome: 'found', schedules: 1, seed: known, caught }
      }
    }
    let healthy = 0
    for (let first = 1; first <= Number(seeds); ) {
      const last = await seedsFrom(first, Number(seeds))
      // A bug that breaks the run itself is seen by whoever runs it, not by an oracle.
      if (last === undefined) break
      const { seed, caught = seed === Number(seeds) ? '' : 'I11 the schedule never ends' } = last
      if (caught === '') break
      // What fails without the mutant too says nothing of it.
      if ((await runJob({ seed })).wrong.length === 0) {
        return { name, outcome: 'found', schedules: seed - healthy, seed, caught }
      }
      healthy++
      first = seed + 1
    }
    return { name, outcome: 'not found', schedules: Number(seeds), seed: -1, caught: '' }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lastLine(text: string): { seed: number; caught?: string } | undefined {
  const lines = text.split('\n').filter(line => line.startsWith('{"seed"'))
  return lines.length === 0 ? undefined : JSON.parse(lines.at(-1) ?? '')
}

function run(command: string, args: readonly string[], cwd: string) {
  return new Promise<{ code: number; text: string }>((done, fail) => {
    const child = spawn(command, args, { cwd })
    let text = ''
    const stop = () => child.kill('SIGKILL')
    let watchdog = setTimeout(stop, silentMs)
    const hear = (chunk: Buffer) => {
      text += chunk.toString()
      clearTimeout(watchdog)
      watchdog = setTimeout(stop, silentMs)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', fail)
    child.on('close', code => {
      clearTimeout(watchdog)
      done({ code: code ?? 1, text })
    })
  })
}

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const mutantsFolder = fileURLToPath(new URL('./mutants/', import.meta.url))
/** What a mutant may change: the production code, and the model where the platform is what breaks a law. */
const copied = ['client', 'gateway', 'shared', 'test/simulation', 'package.json']
/** A mutant that neither fails nor ends after this long is not found. */
const longestMs = 600_000

export interface Hunted {
  readonly name: string
  readonly outcome: 'found' | 'not found' | 'not applied'
  /** Schedules run until the first that failed. */
  readonly schedules: number
  /** What the oracle that caught it said. */
  readonly caught: string
}

export interface Hunt {
  /** Patches to plant; the kept ones unless given. */
  readonly patches?: readonly string[] | undefined
  readonly seeds: string
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

/** Plants each bug into a copy of the code and runs schedules until one fails; the code itself is left alone. */
export async function huntMutants({ patches, seeds, atOnce = 2, report }: Hunt): Promise<Hunted[]> {
  const waiting = patches?.map(patch => resolve(patch)) ?? keptMutants()
  const hunted = new Map<string, Hunted>()
  const queue = [...waiting]
  const hunter = async () => {
    for (let patch = queue.shift(); patch !== undefined; patch = queue.shift()) {
      const found = await hunt(patch, seeds)
      hunted.set(patch, found)
      const { name, outcome, schedules, caught } = found
      const how = outcome === 'found' ? `found by schedule ${schedules}` : outcome
      report(`${name}: ${how}${caught === '' ? '' : `: ${caught}`}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, hunter))
  return waiting.flatMap(patch => hunted.get(patch) ?? [])
}

async function hunt(patch: string, seeds: string): Promise<Hunted> {
  const name = basename(patch, '.patch')
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-mutant-'))
  try {
    for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const applied = await run('git', ['apply', '--whitespace=nowarn', patch], folder)
    if (applied.code !== 0) {
      return { name, outcome: 'not applied', schedules: 0, caught: applied.text.trim() }
    }
    const script = join(folder, 'test/simulation/hunt-here.ts')
    const { code, text } = await run(process.execPath, ['--no-warnings', script, seeds], folder)
    const last: { schedules: number; caught: string } | undefined = lastJson(text)
    if (last === undefined) {
      // A bug that breaks the run itself is seen by whoever runs it, not by an oracle.
      return {
        name,
        outcome: 'not found',
        schedules: 0,
        caught: `code ${code}: ${text.slice(-300)}`,
      }
    }
    return { name, outcome: last.caught === '' ? 'not found' : 'found', ...last }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lastJson(text: string) {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line.startsWith('{') ? JSON.parse(line) : undefined
}

function run(command: string, args: readonly string[], cwd: string) {
  return new Promise<{ code: number; text: string }>(done => {
    const options = { cwd, timeout: longestMs, maxBuffer: 64 * 1_048_576 }
    execFile(command, args, options, (cause, stdout, stderr) => {
      const code = cause === null ? 0 : typeof cause.code === 'number' ? cause.code : 1
      done({ code, text: `${stderr}${stdout}` })
    })
  })
}

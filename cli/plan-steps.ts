import { resolve } from 'node:path'
import type { Plan } from '../shared/plan-protocol.ts'
import { exitCodes, usageError } from './cli-error.ts'
import type { CommandContext, CommonFlags, ReadArgs } from './command.ts'
import { type LoadedDefinitions, loadDefinitions } from './load-definitions.ts'
import { objectDiffs } from './object-diffs.ts'
import { printable } from './printable.ts'
import { renderExactJson } from './render-exact-json.ts'
import { renderPlan } from './render-plan.ts'
import { writeFileSafely } from './write-file-safely.ts'

type Streams = Pick<CommandContext, 'stdout' | 'stderr' | 'signal' | 'folder'>

/** Flags of every command that reads definitions. */
export const definitionOptions = {
  timeout: { type: 'string' },
  'allow-empty': { type: 'boolean' },
} as const
export const definitionFlagLines = [
  '--timeout SECONDS how long the modules may take; 30',
  '--allow-empty     take modules that declare nothing',
]

/** Flags of every command that shows a plan. */
export const planOptions = {
  'json-out': { type: 'string' },
  'suppress-warnings': { type: 'boolean' },
} as const
export const planFlagLines = [
  "--json-out FILE   write the plan as JSON, in Tecton's form and whole",
  '--suppress-warnings  leave the warnings out of the text',
]

export const exitCodeLines = [
  'Exit codes: 0 done or nothing to do, 1 failed, 2 misused, 4 the plan cannot be applied,',
  '5 the workspace moved meanwhile, 6 nobody said yes',
]

/** Says what is done, as a line with a check mark; says nothing where JSON was asked for. */
export function say({ stderr }: Streams, { json }: CommonFlags, line: string): void {
  if (!json) stderr.write(`✔ ${printable(line)}\n`)
}

/** Reads the definitions of a folder or a file and says what was read. */
export async function readDeclared(
  context: Streams,
  { flags, textOf, isSet }: ReadArgs,
  path: string,
  workspace: string,
): Promise<LoadedDefinitions> {
  const loaded = await loadDefinitions(path, workspace, {
    folder: context.folder,
    timeoutMs: readSeconds(textOf('timeout')),
    allowEmpty: isSet('allow-empty'),
    signal: context.signal,
    onOutput: text => context.stderr.write(text),
  })
  for (const link of loaded.links) context.stderr.write(`Left out the link ${printable(link)}\n`)
  const { files, objects } = loaded
  say(context, flags, `Imported ${files} ${files === 1 ? 'module' : 'modules'} of ${path}`)
  say(context, flags, `Collected ${objects} ${objects === 1 ? 'definition' : 'definitions'}`)
  return loaded
}

/** Prints a plan, as text or JSON. */
export function printPlan({ stdout }: Streams, { flags, isSet }: ReadArgs, plan: Plan): void {
  const text = flags.json
    ? renderExactJson(plan)
    : renderPlan(plan, { suppressWarnings: isSet('suppress-warnings') })
  stdout.write(`${text}\n`)
}

/** Writes a plan where `--json-out` says. */
export async function writePlan(
  { folder }: Streams,
  { textOf }: ReadArgs,
  plan: Plan,
): Promise<void> {
  const file = textOf('json-out')
  if (file === undefined) return
  const text = renderExactJson({ ...objectDiffs(plan), plan })
  await writeFileSafely(resolve(folder, file), `${text}\n`)
}

/** Gives the exit code that a plan alone has. */
export function planExitCode({ refusals, changes }: Plan, isDetailed: boolean): number {
  if (refusals.length > 0) return exitCodes.refused
  return isDetailed && changes.length > 0 ? exitCodes.changes : exitCodes.ok
}

function readSeconds(text = '30'): number {
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0) return seconds * 1_000
  throw usageError(`--timeout is a number of seconds, such as 30, not ${text}.`)
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, usageError } from './cli-error.ts'
import type { Command, CommandContext } from './command.ts'
import { apply } from './commands/apply.ts'
import { audit } from './commands/audit.ts'
import { dev } from './commands/dev.ts'
import { getColumns } from './commands/get-columns.ts'
import { getDataframe } from './commands/get-dataframe.ts'
import { getFeatures } from './commands/get-features.ts'
import { getFeaturesForEvents } from './commands/get-features-for-events.ts'
import { getFeaturesInRange } from './commands/get-features-in-range.ts'
import { history } from './commands/history.ts'
import { keys } from './commands/keys.ts'
import { plan } from './commands/plan.ts'
import { push } from './commands/push.ts'
import { resume } from './commands/resume.ts'
import { rollback } from './commands/rollback.ts'
import { scale } from './commands/scale.ts'
import { summary } from './commands/summary.ts'
import { validate } from './commands/validate.ts'
import { workspace } from './commands/workspace.ts'
import { packageFolder } from './package-folder.ts'

const commands: readonly Command[] = [
  dev,
  plan,
  apply,
  rollback,
  history,
  workspace,
  validate,
  push,
  getColumns,
  summary,
  getDataframe,
  getFeatures,
  getFeaturesForEvents,
  getFeaturesInRange,
  audit,
  scale,
  resume,
  keys,
]

const flagLines = [
  '--url URL         the gateway; http://127.0.0.1:8787 unless given here or as TIDEGATE_URL',
  '--workspace NAME  or TIDEGATE_WORKSPACE',
  '--key-file FILE   a file that holds the key, or a keys.json; else the key is TIDEGATE_KEY',
  '--json            print JSON, and no progress',
  '--help, --version',
]

/** Runs the command that the first argument names and gives its exit code: 0 done, 1 failed, 2 misused, and others that its help names. */
export async function runCommand(context: CommandContext): Promise<number> {
  const [name, ...args] = context.args
  if (name === '--version') return print(context, await readVersion())
  if (name === undefined || name === '--help' || name === 'help') {
    print(context, renderHelp())
    return name === undefined ? exitCodes.usage : exitCodes.ok
  }
  const command = commands.find(command => command.name === name)
  if (command === undefined) throw usageError(`There is no command ${name}.\n\n${renderHelp()}`)
  if (args.includes('--help')) return print(context, renderCommandHelp(command))
  return command.run({ ...context, args })
}

function print({ stdout }: CommandContext, text: string): number {
  stdout.write(`${text}\n`)
  return exitCodes.ok
}

function renderHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`)
  return ['Usage: tidegate COMMAND …', '', ...lines, '', ...flagLines.map(indent)].join('\n')
}

function renderCommandHelp({ usage, summary, flagLines: own = [] }: Command): string {
  return [`Usage: tidegate ${usage}`, '', summary, '', ...[...own, ...flagLines].map(indent)].join(
    '\n',
  )
}

function indent(line: string): string {
  return `  ${line}`
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(join(packageFolder(), 'package.json'), 'utf8'),
  )
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion ? String(manifest.version) : 'unknown'
}

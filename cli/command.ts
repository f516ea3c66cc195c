import type { ParseArgsConfig } from 'node:util'
import { parseArgs } from 'node:util'
import { sentenceOf, usageError } from './cli-error.ts'
import type { ProgressStream } from './progress.ts'

type OptionDefinitions = NonNullable<ParseArgsConfig['options']>

/** What a command gets from outside: nothing of `process` reaches it otherwise. */
export interface CommandContext {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly stdout: NodeJS.WritableStream
  readonly stderr: ProgressStream
  /** Where a question is answered; without a terminal there nobody is asked. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal
}

export interface Command {
  readonly name: string
  /** What follows the name on the command line. */
  readonly usage: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Flags besides the common ones, as lines of the help text. */
  readonly flagLines?: readonly string[]
  /** Resolves with the exit code. */
  readonly run: (context: CommandContext) => Promise<number>
}

const commonOptions: OptionDefinitions = {
  url: { type: 'string' },
  workspace: { type: 'string' },
  'key-file': { type: 'string' },
  json: { type: 'boolean' },
}

export interface CommonFlags {
  readonly url: string
  readonly json: boolean
  readonly keyFile: string | undefined
  /** Asks for the workspace only where one is needed. */
  readonly workspace: () => string
}

export interface ReadArgs {
  readonly flags: CommonFlags
  readonly positionals: readonly string[]
  /** Gives the text of a command's own flag. */
  readonly textOf: (flag: string) => string | undefined
  /** Whether a command's own flag without a value was given. */
  readonly isSet: (flag: string) => boolean
}

/** Reads a command's arguments strictly; a key among them is refused, since every process list shows it. */
export function readArgs(
  { args, env }: Pick<CommandContext, 'args' | 'env'>,
  usage: string,
  options: OptionDefinitions = {},
): ReadArgs {
  refuseKeyArgument(args)
  const { values, positionals } = parseStrictly(args, usage, { ...commonOptions, ...options })
  const textOf = (flag: string): string | undefined => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  const flags: CommonFlags = {
    url: readUrl(textOf('url') ?? env.TIDEGATE_URL ?? 'http://127.0.0.1:8787'),
    json: values.json === true,
    keyFile: textOf('key-file'),
    workspace: () => {
      const name = textOf('workspace') ?? env.TIDEGATE_WORKSPACE
      if (name !== undefined && name !== '') return name
      throw usageError('Name the workspace by --workspace (the quickstart makes one called demo).')
    },
  }
  return { flags, positionals, textOf, isSet: flag => values[flag] === true }
}

/** Gives exactly the named positional arguments. */
export function requireCount(
  positionals: readonly string[],
  counts: readonly number[],
  usage: string,
): void {
  if (counts.includes(positionals.length)) return
  throw usageError(
    `Expected other arguments than the ${positionals.length} given.\nUsage: tidegate ${usage}`,
  )
}

function refuseKeyArgument(args: readonly string[]): void {
  const isKey = (arg: string): boolean => /^--key(=|$)/.test(arg) || /tg_(admin|ingest)_/.test(arg)
  if (!args.some(isKey)) return
  throw usageError(
    'A key is never an argument: other users of this machine could read it in the list of processes. ' +
      'Set TIDEGATE_KEY, or name a file that holds it by --key-file.',
  )
}

function parseStrictly(args: readonly string[], usage: string, options: OptionDefinitions) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw usageError(`${sentenceOf(error)}\nUsage: tidegate ${usage}`, error)
  }
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '')
  throw usageError(
    `--url must be an http or https address, e.g. http://127.0.0.1:8787, not ${text}.`,
  )
}

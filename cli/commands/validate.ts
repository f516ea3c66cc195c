import { createGatewayHttp } from '../../client/workspace/gateway-http.ts'
import { SourceValidationError } from '../../client/workspace/source-validation-error.ts'
import { checkAgainstApplied, checkDefinition } from '../../client/workspace/validate-source.ts'
import type { Check } from '../../shared/validation.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import {
  type Command,
  type CommandContext,
  type ReadArgs,
  readArgs,
  requireCount,
} from '../command.ts'
import { orSentence } from '../http-sentence.ts'
import { openGateway } from '../open-gateway.ts'
import { definitionFlagLines, definitionOptions, readDeclared } from '../plan-steps.ts'
import { printable } from '../printable.ts'
import { readKey } from '../read-key.ts'

const usage = 'validate FOLDER_OR_FILE | --source NAME --workspace NAME [flags]'

interface Validated {
  readonly source: string
  readonly checks: readonly Check[]
}

export const validate: Command = {
  name: 'validate',
  usage,
  summary: 'Test all that sources name: of definitions before an apply, or of one that was applied',
  flagLines: [
    '--source NAME     an applied source: its catalogue, partitions, shards, newest part, batch file',
    '--offline         ask no gateway about definitions; no key is needed',
    '--s3-endpoint URL where s3:// files are asked for, unless it is Amazon',
    ...definitionFlagLines,
    'Exit codes: 0 nothing failed, 1 something did, 2 misused',
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      ...definitionOptions,
      source: { type: 'string' },
      offline: { type: 'boolean' },
      's3-endpoint': { type: 'string' },
    })
    const source = args.textOf('source')
    requireCount(args.positionals, [source === undefined ? 1 : 0], usage)
    const validated =
      source === undefined
        ? await validateDeclared(context, args)
        : [await validateApplied(context, args, source)]
    const isFailed = validated.some(({ checks }) =>
      checks.some(({ outcome }) => outcome === 'failed'),
    )
    const text = args.flags.json ? JSON.stringify({ sources: validated }) : render(validated)
    context.stdout.write(`${text}\n`)
    return isFailed ? exitCodes.failure : exitCodes.ok
  },
}

async function validateDeclared(
  context: CommandContext,
  args: ReadArgs,
): Promise<readonly Validated[]> {
  const { flags, positionals, textOf, isSet } = args
  const workspace = flags.workspace()
  const { json } = await readDeclared(context, args, positionals[0] ?? '', workspace)
  const { sources } = decodeDefinitions(JSON.parse(json))
  const isOffline = isSet('offline')
  const { env, signal } = context
  // Nobody is asked offline, so no key is needed for it.
  const key = isOffline ? 'none' : await readKey({ env, keyFile: flags.keyFile })
  const http = createGatewayHttp({ url: flags.url, key })
  const s3Endpoint = textOf('s3-endpoint')
  const options = { signal, ...(s3Endpoint === undefined ? {} : { s3Endpoint }) }
  const validated: Validated[] = []
  for (const source of sources) {
    const own = await orSentence(checkDefinition(http, source, options))
    const applied = isOffline
      ? []
      : await orSentence(checkAgainstApplied(http, workspace, source, options))
    validated.push({ source: source.name, checks: [...own, ...applied] })
  }
  return validated
}

async function validateApplied(
  context: CommandContext,
  { flags, isSet, textOf }: ReadArgs,
  name: string,
): Promise<Validated> {
  if (isSet('offline')) {
    throw usageError('--offline is for definitions; --source asks the gateway.')
  }
  const { api } = await openGateway(context, flags)
  const source = await api.getDataSource(name)
  try {
    const { signal } = context
    const s3Endpoint = textOf('s3-endpoint')
    const options = { signal, ...(s3Endpoint === undefined ? {} : { s3Endpoint }) }
    return { source: name, checks: await orSentence(source.validate(options)) }
  } catch (cause) {
    const found = cause instanceof Error ? cause.cause : undefined
    if (found instanceof SourceValidationError) return { source: name, checks: found.checks }
    throw cause
  }
}

const marks = { ok: '✔', failed: '✘', not_checked: '–' } as const

function render(validated: readonly Validated[]): string {
  return validated
    .flatMap(({ source, checks }) => [
      printable(source),
      ...checks.map(
        ({ what, outcome, sentence }) =>
          `  ${marks[outcome]} ${printable(what)}: ${printable(sentence)}`,
      ),
    ])
    .join('\n')
}

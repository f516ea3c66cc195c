import { applyOptions, yesFlagLine } from '../apply-plan.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import {
  type Command,
  type CommandContext,
  type ReadArgs,
  readArgs,
  requireCount,
} from '../command.ts'
import { confirm } from '../confirm.ts'
import { openPlanner } from '../open-gateway.ts'
import { printable } from '../printable.ts'
import { renderExactJson } from '../render-exact-json.ts'
import { renderWorkspaces } from '../render-history.ts'

const usage = 'workspace create NAME [--live|--no-live] | list | delete NAME [flags]'

export const workspace: Command = {
  name: 'workspace',
  usage,
  summary: 'Make a workspace, list those of the key, or delete one',
  flagLines: [
    '--live            it stores and serves',
    '--no-live         it is only declared and planned; so it is unless --live is said',
    yesFlagLine,
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      ...applyOptions,
      live: { type: 'boolean' },
      'no-live': { type: 'boolean' },
    })
    const [verb, name = ''] = args.positionals
    requireCount(args.positionals, [verb === 'list' ? 1 : 2], usage)
    if (verb === 'list') return list(context, args)
    if (verb === 'create') return create(context, args, name)
    if (verb === 'delete') return remove(context, args, name)
    throw usageError(`Usage: tidegate ${usage}`)
  },
}

async function list(context: CommandContext, { flags }: ReadArgs): Promise<number> {
  const listed = await (await openPlanner(context, flags)).listWorkspaces()
  context.stdout.write(`${flags.json ? renderExactJson(listed) : renderWorkspaces(listed)}\n`)
  return exitCodes.ok
}

async function create(
  context: CommandContext,
  { flags, isSet }: ReadArgs,
  name: string,
): Promise<number> {
  if (isSet('live') && isSet('no-live')) throw usageError('Say --live or --no-live, not both.')
  const made = await (await openPlanner(context, flags)).createWorkspace(name, isSet('live'))
  const kind = made.live ? 'is live' : 'is not live: it is only declared and planned'
  const line = `Workspace ${printable(made.name)} ${kind}.`
  context.stdout.write(`${flags.json ? renderExactJson(made) : line}\n`)
  return exitCodes.ok
}

async function remove(
  context: CommandContext,
  { flags, isSet }: ReadArgs,
  name: string,
): Promise<number> {
  const api = await openPlanner(context, flags)
  const question = `Are you sure you want to delete workspace "${printable(name)}" and all that it holds?`
  await confirm(context, question, isSet('yes'))
  await api.deleteWorkspace(name)
  context.stdout.write(
    flags.json
      ? `${JSON.stringify({ deleted: name })}\n`
      : `Workspace ${printable(name)} is deleted.\n`,
  )
  return exitCodes.ok
}

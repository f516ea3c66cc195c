import { applyDefinitions, renderApplied } from '../apply-definitions.ts'
import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { loadDefinitions } from '../load-definitions.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'apply FOLDER_OR_FILE --workspace NAME [flags]'

export const apply: Command = {
  name: 'apply',
  usage,
  summary: 'Create what the definitions of a folder or a module declare',
  async run(context) {
    const { flags, positionals } = readArgs(context, usage)
    requireCount(positionals, [1], usage)
    const [path = ''] = positionals
    const definitions = await loadDefinitions(path, flags.workspace())
    const { api } = await openGateway(context, flags)
    const applied = await applyDefinitions(api, definitions)
    context.stdout.write(`${flags.json ? JSON.stringify(applied) : renderApplied(applied)}\n`)
    return exitCodes.ok
  },
}

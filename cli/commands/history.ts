import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openPlanner } from '../open-gateway.ts'
import { readVersion } from '../read-version.ts'
import { renderExactJson } from '../render-exact-json.ts'
import { renderHistory } from '../render-history.ts'

const usage = 'history [VERSION] [--limit N] [--before VERSION] --workspace NAME [flags]'

export const history: Command = {
  name: 'history',
  usage,
  summary: 'List the versions of a workspace, newest first, or print the definitions of one',
  flagLines: [
    '--limit N         how many versions to list, at most 100; 20',
    '--before VERSION  list older ones than this',
  ],
  async run(context) {
    const { flags, positionals, textOf } = readArgs(context, usage, {
      limit: { type: 'string' },
      before: { type: 'string' },
    })
    requireCount(positionals, [0, 1], usage)
    const workspace = flags.workspace()
    const [text] = positionals
    const version = text === undefined ? undefined : readVersion(text)
    const api = await openPlanner(context, flags)
    if (version !== undefined) {
      const { definitions, ...entry } = await api.getVersion(workspace, version)
      const printed = flags.json
        ? renderExactJson({ ...entry, definitions })
        : JSON.stringify(definitions, undefined, 2)
      context.stdout.write(`${printed}\n`)
      return exitCodes.ok
    }
    const [limit, before] = [textOf('limit'), textOf('before')]
    const listed = await api.getHistory(workspace, {
      ...(limit === undefined ? {} : { limit }),
      ...(before === undefined ? {} : { before }),
    })
    context.stdout.write(`${flags.json ? renderExactJson(listed) : renderHistory(listed)}\n`)
    return exitCodes.ok
  },
}

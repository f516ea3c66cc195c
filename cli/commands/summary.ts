import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'summary SOURCE --workspace NAME [flags]'

export const summary: Command = {
  name: 'summary',
  usage,
  summary: 'Print what a source is and holds',
  async run(context) {
    const { flags, positionals } = readArgs(context, usage)
    requireCount(positionals, [1], usage)
    const [source = ''] = positionals
    const { api } = await openGateway(context, flags)
    const text = flags.json
      ? JSON.stringify(await api.getSummary(source))
      : await api.getSummaryText(source)
    context.stdout.write(`${text.trimEnd()}\n`)
    return exitCodes.ok
  },
}

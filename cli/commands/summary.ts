import { exitCodes, usageError } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'summary SOURCE --workspace NAME [flags]'

export const summary: Command = {
  name: 'summary',
  usage,
  summary: 'Print what a source is and holds',
  flagLines: ['--html            print a table of HTML'],
  async run(context) {
    const { flags, positionals, isSet } = readArgs(context, usage, { html: { type: 'boolean' } })
    requireCount(positionals, [1], usage)
    if (flags.json && isSet('html')) throw usageError('Say --json or --html, not both.')
    const [source = ''] = positionals
    const { api } = await openGateway(context, flags)
    const summary = await api.getSummary(source)
    const text = isSet('html')
      ? summary.toHtml()
      : `${flags.json ? JSON.stringify(summary) : summary}`
    context.stdout.write(`${text.trimEnd()}\n`)
    return exitCodes.ok
  },
}

import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'get-columns SOURCE --workspace NAME [flags]'

export const getColumns: Command = {
  name: 'get-columns',
  usage,
  summary: "Print the names of a source's columns in schema order",
  async run(context) {
    const { flags, positionals } = readArgs(context, usage)
    requireCount(positionals, [1], usage)
    const [source = ''] = positionals
    const { api } = await openGateway(context, flags)
    const columns = await api.getColumns(source)
    context.stdout.write(`${flags.json ? JSON.stringify({ columns }) : columns.join('\n')}\n`)
    return exitCodes.ok
  },
}

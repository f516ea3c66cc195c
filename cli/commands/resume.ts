import { exitCodes } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'resume SOURCE --workspace NAME [flags]'

export const resume: Command = {
  name: 'resume',
  usage,
  summary: 'Let rolls and compactions go on that stopped, once what they met is mended',
  async run(context) {
    const { flags, positionals } = readArgs(context, usage)
    requireCount(positionals, [1], usage)
    const [source = ''] = positionals
    const { api } = await openGateway(context, flags)
    const resumed = await api.resume(source)
    const lines = [
      ...resumed.rolls.map(
        ({ partition, stopped }) =>
          `Rolls of ${source}/${partition} go on; they had met: ${stopped}`,
      ),
      ...(resumed.compactions === undefined
        ? []
        : [`Compactions of ${source} go on; they had met: ${resumed.compactions}`]),
    ]
    const whole = lines.length === 0 ? [`Nothing of ${source} had stopped.`] : lines
    context.stdout.write(flags.json ? `${JSON.stringify(resumed)}\n` : `${whole.join('\n')}\n`)
    return exitCodes.ok
  },
}

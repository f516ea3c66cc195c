import { exitCodes, usageError } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openGateway } from '../open-gateway.ts'

const usage = 'scale [JOIN_KEY … --shards N] --workspace NAME [flags]'

export const scale: Command = {
  name: 'scale',
  usage,
  summary: 'Show the shards of online features, or give the entities of some join keys more',
  flagLines: [
    '--shards N        a power of two; records and reads go on while slots are handed over',
  ],
  async run(context) {
    const { flags, positionals, textOf } = readArgs(context, usage, {
      shards: { type: 'string' },
    })
    const wanted = textOf('shards')
    const { api } = await openGateway(context, flags)
    if (wanted === undefined) {
      requireCount(positionals, [0], usage)
      const { entity_sets: sets } = await api.getShards()
      const lines = sets.map(
        ({ join_keys, shards, views }) =>
          `${join_keys.join(' + ')}: ${shards} ${shards === 1 ? 'shard' : 'shards'} (${views.join(', ')})`,
      )
      context.stdout.write(flags.json ? `${JSON.stringify(sets)}\n` : `${lines.join('\n')}\n`)
      return exitCodes.ok
    }
    if (positionals.length === 0) throw usageError(`Name the join keys: tidegate ${usage}`)
    const scaled = await api.scale(positionals, Number(wanted))
    context.stdout.write(
      flags.json
        ? `${JSON.stringify(scaled)}\n`
        : `The entities of ${positionals.join(' + ')} have ${scaled.shards} shards (version ${scaled.version}).\n`,
    )
    return exitCodes.ok
  },
}
